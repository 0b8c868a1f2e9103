"""The laws of the canonical form: an example that makes each one fire, checked on random data and as text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from checks import Undecided, assert_canonical, assert_round_trip, assert_same, matrix_value, sample_of, scale_of

from dvec.answers.calls import parse, simplify
from dvec.core.algebra import PRODUCT, eye
from dvec.core.errors import FormulaError
from dvec.core.node import Node, make, postorder
from dvec.rewrite.canonical import FRACTIONS, IDENTITIES, NEIGHBOURS, RULES, SCALAR_CHAINS, Canonical

# (formula, declarations, its shortest form)
LAWS = [
    ("A + A", "", "2*A"),
    ("A - A", "", "zeros(m, n)"),
    ("2*A + 3*A", "", "5*A"),
    ("A/2 + A/3", "", "5*A/6"),
    ("(A + B) + A", "", "2*A + B"),
    ("A - (B - A)", "", "2*A - B"),
    ("(-1)*(A + B)", "", "-(A + B)"),
    ("0*A + B", "B: matrix(m,n)", "B"),
    ("A*eye(n)*B", "A: matrix(m,n); B: matrix(n,k)", "A*B"),
    ("A*zeros(n,k)", "A: matrix(m,n)", "zeros(m, k)"),
    ("(2*A)*(3*B)", "", "6*A*B"),
    ("x'*y + y'*x", "", "2*x'*y"),
    ("x*(y'*z)*w'", "", "(y'*z)*x*w'"),
    ("x*y'*z*w'", "w: vector(k)", "(y'*z)*x*w'"),
    ("(A*x)'*(A*x)", "", "x'*A'*A*x"),
    ("(A*B)'", "", "B'*A'"),
    ("(A')'", "", "A"),
    ("(A + B)'", "", "A' + B'"),
    ("(A.*B)'", "", "(A.*B)'"),
    ("exp(A)'", "", "exp(A')"),
    ("kron(A,B)'", "", "kron(A', B')"),
    ("dsum(A,B)'", "", "dsum(A', B')"),
    ("diag(x)'", "", "diag(x)"),
    ("inv(A)'", "", "inv(A)'"),
    ("(A^3)'", "", "(A')^3"),
    ("tril(A)'", "", "triu(A')"),
    ("triu(A)'", "", "tril(A')"),
    ("unvech(x,n)'", "", "unvech(x, n)"),
    ("eye(n)'", "", "eye(n)"),
    ("ones(m,n)'", "", "ones(n, m)"),
    ("commutation(m,n)'", "", "commutation(n, m)"),
    ("S'", "S: matrix(n,n) symmetric", "S"),
    ("(S*A)'", "S: matrix(n,n) symmetric; A: matrix(n,m)", "A'*S"),
    ("K'", "K: matrix(n,n) skew", "-K"),
    ("rearrange(A, '(b i) (j a) -> (i a) (j b)', b=m, i=n, j=k, a=p)'",
     "A: matrix(m*n, k*p)", "rearrange(A, '(b i) (j a) -> (j b) (i a)', b=m, i=n, j=k, a=p)"),
    ("A^2*A^3", "A: matrix(n,n)", "A^5"),
    ("A*A*A", "A: matrix(n,n)", "A^3"),
    ("A*inv(A)*B", "A: matrix(n,n)", "B"),
    ("inv(A)*A", "", "eye(m)"),
    ("A^3*A^(-1)", "", "A^2"),
    ("inv(A)*inv(A)", "", "inv(A)^2"),
    ("A^a*A", "A: matrix(n,n); a: scalar integer", "A^(a + 1)"),
    ("inv(A'*A)*A'*A", "", "eye(n)"),
    ("A*inv(A'*A)*A'*A", "", "A"),
    ("A'*A*inv(A'*A)", "", "eye(n)"),
    ("Q'*Q", "Q: matrix(n,n) orthogonal", "eye(n)"),
    ("Q*Q'*x", "Q: matrix(n,n) orthogonal", "x"),
    ("inv(Q)", "Q: matrix(n,n) orthogonal", "Q'"),
    ("commutation(m,n)*commutation(n,m)", "", "eye(m*n)"),
    ("commutation(m,n)*vec(A)", "A: matrix(m,n)", "vec(A')"),
    ("elimination(n)*duplication(n)", "", "eye(n^2/2 + n/2)"),
    ("duplication(n)'*elimination(n)'", "", "eye(n^2/2 + n/2)"),
    ("diag(x)*diag(y)", "", "diag(x.*y)"),
    ("diag(x)*ones(n,1)", "", "x"),
    ("ones(1,n)*diag(x)", "", "x'"),
    ("kron(A,B)*kron(C,D)", "A: matrix(m,n); C: matrix(n,k); B: matrix(p,q); D: matrix(q,m)", "kron(A*C, B*D)"),
    ("A.*A", "", "A.^2"),
    ("A.*A.*B./A", "", "A.*B"),
    ("A.*ones(m,n)", "A: matrix(m,n)", "A"),
    ("A.*zeros(m,n)", "A: matrix(m,n)", "zeros(m, n)"),
    ("(2*A).*(3*B)", "", "6*A.*B"),
    ("A.*eye(n)", "A: matrix(n,n)", "A.*eye(n)"),
    ("A'.*eye(n)", "A: matrix(n,n)", "A.*eye(n)"),
    ("A.*diag(x)", "", "A.*diag(x)"),
    ("A.^2.*A.^3", "", "A.^5"),
    ("A./A", "", "ones(m, n)"),
    ("A.^0", "", "ones(m, n)"),
    ("A.^1", "", "A"),
    ("a^2*a^3", "", "a^5"),
    ("a*b/a", "", "b"),
    ("a^b*a", "", "a^(b + 1)"),
    ("(a*b)^2", "", "a^2*b^2"),
    ("(2*a)^3", "", "8*a^3"),
    ("sqrt(4*a)", "a: scalar positive", "2*sqrt(a)"),
    ("(a^2)^3", "", "a^6"),
    ("(a^2)^(1/2)", "a: scalar positive", "a"),
    ("(a^2)^(1/2)", "a: scalar", "sqrt(a^2)"),
    ("(2*A).^2", "", "4*A.^2"),
    ("(A.*B).^2", "", "A.^2.*B.^2"),
    ("(2*A + 2*B).^2", "", "4*(A + B).^2"),
    ("(a*A).^2", "", "a^2*A.^2"),
    ("4^(1/2)", "", "2"),
    ("8^2", "", "64"),
    ("ones(m,n).^3", "", "ones(m, n)"),
    ("zeros(m,n).^2", "", "zeros(m, n)"),
    ("x.^ones(n,1)", "", "x"),
    ("x.^zeros(n,1)", "", "ones(n, 1)"),
    ("inv(2*A)", "", "inv(A)/2"),
    ("inv(a*A)", "", "inv(A)/a"),
    ("inv(A*B)", "A,B: matrix(n,n)", "inv(B)*inv(A)"),
    ("inv(2*A + 2*B)", "", "inv(A + B)/2"),
    ("inv(inv(A))", "", "A"),
    ("inv(diag(x))", "x: vector(n)", "diag(1./x)"),
    ("inv(eye(n))", "", "eye(n)"),
    ("inv(commutation(m,n))", "", "commutation(n, m)"),
    ("inv(expm(A))", "", "expm(-A)"),
    ("inv(A^3)", "", "inv(A)^3"),
    ("(2*A)^3", "", "8*A^3"),
    ("(a*A)^2", "", "a^2*A^2"),
    ("diag(x)^3", "x: vector(n)", "diag(x.^3)"),
    ("eye(n)^4", "", "eye(n)"),
    ("zeros(n,n)^2", "", "zeros(n, n)"),
    ("(A^2)^3", "", "A^6"),
    ("inv(A)^(-2)", "", "A^2"),
    ("A^0", "A: matrix(n,n)", "eye(n)"),
    ("tr(A + A)", "", "2*tr(A)"),
    ("tr(A')", "", "tr(A)"),
    ("tr(2*A)", "", "2*tr(A)"),
    ("tr(eye(n))", "", "tr(eye(n))"),
    ("tr(zeros(n,n))", "", "0"),
    ("tr(diag(x))", "x: vector(n)", "sum(x)"),
    ("tr(kron(A,B))", "A: matrix(m,m); B: matrix(n,n)", "tr(A)*tr(B)"),
    ("tr(x*y')", "", "y'*x"),
    ("tr(A*x*y'*B)", "", "y'*B*A*x"),
    ("tr(A*B) + tr(B*A)", "", "2*tr(A*B)"),
    ("tr(A*B') - tr(B*A')", "", "0"),
    ("tr(inv(A)*B*A)", "", "tr(B)"),
    ("tr(Q'*A*Q)", "Q: matrix(n,n) orthogonal", "tr(A)"),
    ("tr(Q'*Q)", "Q: matrix(n,n) orthogonal", "rows(Q)"),
    ("tr(2*A + 4*B)", "", "2*tr(A + 2*B)"),
    ("tr(A*B*C) - tr(C*A*B)", "", "0"),
    ("det(A')", "", "det(A)"),
    ("det(inv(A))", "", "1/det(A)"),
    ("det(eye(n))", "", "1"),
    ("logdet(A')", "", "logdet(A)"),
    ("logdet(inv(A))", "", "-logdet(A)"),
    ("logdet(eye(n))", "", "0"),
    ("sum(A')", "", "sum(A)"),
    ("eye(n).*A.*A'", "A: matrix(n, n)", "eye(n).*A.^2"),
    ("softmax(a)", "a: scalar", "1"),
    ("logsumexp(a)", "a: scalar", "a"),
    ("det(a)", "a: scalar", "a"),
    ("logdet(a)", "a: scalar", "log(abs(a))"),
    ("sum(softmax(x))", "x: vector(n)", "1"),
    ("x'*(y./x)", "x, y: vector(n)", "sum(y)"),
    ("(y./x)'*x", "x, y: vector(n)", "sum(y)"),
    ("sum(eye(n)[:,i])", "A: matrix(n, n)", "1"),
    ("eye(n)[i,:]*ones(n,1)", "A: matrix(n, n)", "1"),
    ("sum(ones(m,n))", "A: matrix(m,n)", "rows(A)*cols(A)"),
    ("norm2(A')", "", "norm2(A)"),
    ("norm2(-3*A)", "", "3*norm2(A)"),
    ("norm2(zeros(m,n))", "", "0"),
    ("norm2(a)", "", "abs(a)"),
    ("norm2(2*A + 2*B)", "", "2*norm2(A + B)"),
    ("norm1(-2*A)", "", "2*norm1(A)"),
    ("abs(-2*A)", "", "2*abs(A)"),
    ("abs(exp(A))", "", "exp(A)"),
    ("abs(-3)", "", "3"),
    ("abs(zeros(m,n))", "", "zeros(m, n)"),
    ("abs(A)", "A: matrix(m,n) positive", "A"),
    ("sin(0)", "", "0"),
    ("exp(zeros(m,n))", "", "ones(m, n)"),
    ("log(ones(m,n))", "", "zeros(m, n)"),
    ("cos(zeros(m,n))", "", "ones(m, n)"),
    ("sigmoid(zeros(m,n))", "", "ones(m, n)/2"),
    ("tanh(A - A)", "", "zeros(m, n)"),
    ("log(exp(A))", "", "A"),
    ("exp(log(x))", "", "x"),
    ("log(sum(exp(x)))", "", "logsumexp(x)"),
    ("log(1 + exp(a))", "", "softplus(a)"),
    ("log(1 .+ exp(A))", "", "softplus(A)"),
    ("relu(A)", "A: matrix(m,n) positive", "A"),
    ("sign(A)", "A: matrix(m,n) positive", "ones(m, n)"),
    ("step(A)", "A: matrix(m,n) positive", "ones(m, n)"),
    ("1/(1 + exp(-a))", "", "sigmoid(a)"),
    ("exp(a)/(1 + exp(a))", "", "sigmoid(a)"),
    ("1./(1 .+ exp(A))", "", "sigmoid(-A)"),
    ("exp(A)./(1 .+ exp(A))", "", "sigmoid(A)"),
    ("exp(a)/(1 + exp(a))^2", "", "sigmoid(-a)*sigmoid(a)"),
    ("exp(x)/sum(exp(x))", "", "softmax(x)"),
    ("diag(exp(x))/sum(exp(x))", "", "diag(softmax(x))"),
    ("(exp(x)/sum(exp(x)))'", "", "softmax(x)'"),
    ("x.*exp(y)/sum(exp(y))", "", "x.*softmax(y)"),
    ("exp(x)*exp(x)'/sum(exp(x))^2", "", "softmax(x)*softmax(x)'"),
    ("diag(ones(n,1))", "", "eye(n)"),
    ("diag(diag(x))", "x: vector(n)", "x"),
    ("diag(A')", "A: matrix(n,n)", "diag(A)"),
    ("diag(eye(n))", "", "ones(n, 1)"),
    ("diag(ones(n,n))", "", "ones(n, 1)"),
    ("vec(x)", "", "x"),
    ("vec(x')", "", "x"),
    ("vec(ones(m,n))", "", "ones(m*n, 1)"),
    ("vec(unvec(x,m,n))", "x: vector(m*n)", "x"),
    ("unvec(vec(A),m,n)", "A: matrix(m,n)", "A"),
    ("unvec(ones(m*n,1),m,n)", "", "ones(m, n)"),
    ("unvec(x,n,1)", "x: vector(n)", "x"),
    ("unvec(x,1,n)", "x: vector(n)", "x'"),
    ("rvec(A)", "A: matrix(m,n)", "rvec(A)"),
    ("vec(A')'", "", "rvec(A)"),
    ("kron(2*A, B)", "", "2*kron(A, B)"),
    ("kron(A, a*B)", "", "a*kron(A, B)"),
    ("kron(eye(m),eye(n))", "", "eye(m*n)"),
    ("kron(ones(m,n),ones(p,q))", "", "ones(m*p, n*q)"),
    ("kron(x,y')", "", "x*y'"),
    ("kron(x',y)", "", "y*x'"),
    ("kron(a,A)", "", "a*A"),
    ("tril(A)", "A: matrix(n,n) lower triangular", "A"),
    ("triu(A)", "A: matrix(n,n) upper triangular", "A"),
    ("tril(2*A)", "", "2*tril(A)"),
    ("vech(unvech(x,n))", "x: vector(n*(n+1)/2)", "x"),
    ("unvech(vech(S),n)", "S: matrix(n,n) symmetric", "S"),
    ("rearrange(A, '(i) (j) -> (i) (j)', i=m, j=n)", "A: matrix(m,n)", "A"),
    ("rearrange(A, '(i) (j) -> (j) (i)', i=m, j=n)", "A: matrix(m,n)", "A'"),
    ("rearrange(2*A, '(i) (j) -> (i j) ()', i=m, j=n)",
     "A: matrix(m,n)", "2*rearrange(A, '(i) (j) -> (i j) ()', i=m, j=n)"),
    ("eye(n)[:,1]'*eye(n)[:,2]", "", "0"),
    ("eye(n)[:,i]'*eye(n)[:,i]", "", "1"),
    ("ones(1,n)*x", "", "sum(x)"),
    ("ones(1,m)*A*ones(n,1)", "A: matrix(m,n)", "sum(A)"),
    ("ones(1,n)*ones(n,1)", "", "tr(eye(n))"),
    ("ones(1,n)*eye(n)[:,2]", "", "1"),
    ("ones(k,m)*A*x", "A: matrix(m,n)", "sum(A*x)*ones(k, 1)"),
    ("diag(x)*ones(n,k)", "", "x*ones(1, k)"),
    ("ones(k,n)*diag(x)", "", "ones(k, 1)*x'"),
    ("ones(n,n)*ones(n,n)", "", "tr(eye(n))*ones(n, n)"),
    ("ones(n,n)^3*x", "", "rows(x)^2*sum(x)*ones(n, 1)"),
    ("sum(A*diag(x)) - sum(A*x)", "A: matrix(m,n)", "0"),
    ("sum(diag(x)*A) + sum(diag(y))", "A: matrix(m,n)", "sum(x'*A) + sum(y)"),
    ("sum(eye(n))", "", "tr(eye(n))"),
    ("ones(1,m)*A*x - sum(A*x)", "A: matrix(m,n)", "0"),
    ("x'*ones(n,m)*A - sum(x)*ones(1,m)*A", "x: vector(n); A: matrix(m,k)", "zeros(1, k)"),
    ("A*ones(n,k)*B*ones(m,p)*C", "A: matrix(q,n); B: matrix(k,m); C: matrix(p,q)", "sum(B)*A*ones(n, p)*C"),
    ("sum(x*y')", "", "sum(x)*sum(y)"),
    ("sum(ones(k,m)*A*B)", "A: matrix(m,n); B: matrix(n,p)", "tr(eye(k))*sum(A*B)"),
    ("sum(A*ones(n,1))", "A: matrix(m,n)", "sum(A)"),
    ("diag(A*ones(n,m))", "A: matrix(m,n)", "A*ones(n, 1)"),
    ("norm2(ones(m,n))*norm1(ones(k,1))", "", "sqrt(tr(eye(m)))*sqrt(tr(eye(n)))*tr(eye(k))"),
    ("norm1(A*ones(n,k))", "A: matrix(m,n)", "tr(eye(k))*norm1(A*ones(n, 1))"),
    ("eye(n)[2,i]*B[i,:]", "B: matrix(n,k)", "eye(n)[2,i]*B[2,:]"),
    ("eye(n)[j,i]*x[j]*A[:,j]", "x: vector(n); A: matrix(m,n)", "eye(n)[j,i]*x[i]*A[:,i]"),
    ("eye(n)[i,j]*(1 + eye(n)[i,j])", "", "2*eye(n)[i,j]"),
    ("(A + B)[i,:]", "", "(A + B)[i,:]"),
    ("(A + B)[:,j]", "", "(A + B)[:,j]"),
    ("(A*B)[i,j]", "A: matrix(m,n); B: matrix(n,k)", "A[i,:]*B[:,j]"),
    ("(A.*B)[1,:]", "", "A[1,:].*B[1,:]"),
    ("exp(A)[:,2]", "", "exp(A[:,2])"),
    ("(A.^2)[1,2]", "", "A[1,2]^2"),
    ("(1./A)[:,2]", "A: matrix(1,n)", "1/A[:,2]"),
    ("(A.^3)'[i,:]", "A: matrix(m,n)", "(A[:,i]').^3"),
    ("diag(x)[:,j]", "x: vector(n)", "x[j]*eye(n)[:,j]"),
    ("diag(x)[1,:]", "x: vector(n)", "x[1]*eye(n)[1,:]"),
    ("ones(m,n)[i,:]", "", "ones(1, n)"),
    ("exp(A)'[i,:]", "", "exp(A[:,i]')"),
    ("(A.*B)'[i,:]", "", "(A[:,i].*B[:,i])'"),
    ("A*B + A*C", "A: matrix(m,n); B,C: matrix(n,k)", "A*B + A*C"),
    ("B*A + C*A", "A: matrix(m,n); B,C: matrix(k,m)", "B*A + C*A"),
    ("A*B*x + A*C*x", "A: matrix(m,n); B,C: matrix(n,k)", "A*B*x + A*C*x"),
    ("a*A + a*B", "", "a*A + a*B"),
    ("2*A + 4*B", "", "2*A + 4*B"),
    ("A/2 + B/2", "", "(A + B)/2"),
    ("kron(A,B) + kron(C,B)", "", "kron(A + C, B)"),
    ("kron(A,B) + kron(A,C)", "", "kron(A, B + C)"),
    ("A.*B + A.*C", "", "A.*B + A.*C"),
    ("A.*B.*C + A.*B.*D", "", "A.*B.*C + A.*B.*D"),
    ("x.*y - x.*z", "", "x.*y - x.*z"),
    ("-A - B - C", "", "-(A + B + C)"),
    ("A*x + B*x + C*x", "", "(A + B + C)*x"),
    ("a*b*A + a*c*B", "", "a*b*A + a*c*B"),
    ("A'*B + A'*C", "", "A'*(B + C)"),
    ("sqrtm(a)", "a: scalar", "sqrt(a)"),
    ("expm(a)", "a: scalar", "exp(a)"),
    ("logm(a)", "a: scalar", "log(a)"),
    ("(A*B - C)'*(A*B - C)", "", "(A*B - C)'*(A*B - C)"),
    ("A*ones(m, 1)*y'*x*ones(1, m)", "", "(y'*x)*A*ones(m, m)"),  # the scalar had stood between the ones
    ("A*(B + C) - A*B - A*C", "", "zeros(m, k)"),
    ("abs(A - B) - abs(B - A)", "", "zeros(m, n)"),
    ("norm1(-A - B)", "", "norm1(A + B)"),
    ("sqrtm(A) + expm(zeros(n,n))", "A: matrix(n,n)", "sqrtm(A) + expm(zeros(n, n))"),
    ("tan(zeros(m,n))", "", "zeros(m, n)"),
    ("asin(0) + atan(0)", "", "0"),
    ("sinh(zeros(m,n)) + erf(zeros(m,n))", "", "zeros(m, n)"),
    ("cosh(zeros(m,n))", "", "ones(m, n)"),
    ("relu(zeros(m,n))", "", "zeros(m, n)"),
    ("logdet(Q)*a + b", "Q: matrix(n,n) orthogonal", "b"),
    ("1^k*A", "k: scalar integer", "A"),
    ("sign(zeros(m,n))", "", "zeros(m, n)"),
    ("kron(x',A)*commutation(m,n)", "x: vector(m); A: matrix(k,n)", "kron(A, x')"),
    ("commutation(m,k)*kron(A,x)", "A: matrix(k,n); x: vector(m)", "kron(x, A)"),
    ("kron(A*x*y',2*w*z'*B)*commutation(m,k)", "y: vector(m); A: matrix(p,n); w: vector(q); B: matrix(n,k)",
     "2*kron(A*x*z'*B, w*y')"),
    ("commutation(q,p)*kron(A*x*y',w*z'*B)", "y: vector(m); A: matrix(p,n); w: vector(q); B: matrix(n,k)",
     "kron(w*y', A*x*z'*B)"),
    ("kron(ones(m,n),x*y')*commutation(n,k)", "x: vector(p); y: vector(k)", "kron(ones(m, 1)*y', x*ones(1, n))"),
    ("vec(x*y' + A)*rvec(z*x') + vec(A)*rvec(z*x')", "A: matrix(n, n); x, y, z: vector(n)",
     "vec(x*y' + 2*A)*rvec(z*x')"),
    ("ones(k,m*n)*commutation(m,n)", "", "ones(k, m*n)"),
    ("sum(A*commutation(m,n))", "A: matrix(k, m*n)", "sum(A)"),
    ("sum(commutation(m,n)*A*B)", "A: matrix(m*n, k); B: matrix(k, p)", "sum(A*B)"),
    ("rearrange(ones(m*n, k), '(a b) (c) -> (c b) (a)', a=m, b=n, c=k)", "", "ones(k*n, m)"),
    ("commutation(m,n)*ones(m*n,k)", "", "ones(m*n, k)"),
    ("kron(A,B)*commutation(m,n) - commutation(m,n)*kron(B,A)", "A: matrix(m,m); B: matrix(n,n)", "zeros(m*n, m*n)"),
    ("vec(a*x*y' + w*z')*rvec(y*x') - a*kron(y*y',x*x')", "x,w: vector(m); y,z: vector(n); a: scalar",
     "kron(z*y', w*x')"),
    ("(y'*A*z)*B*C*x + B*C*x", "", "(y'*A*z + 1)*B*C*x"),
    ("kron(x*x',y*y') - kron(x*y',y*x')*commutation(m,n)", "x: vector(n); y: vector(m)", "zeros(m*n, m*n)"),
    ("x'*K*x", "K: matrix(n,n) skew", "0"),
    ("a*tr(K^3)*x", "K: matrix(n,n) skew; x: vector(m)", "zeros(m, 1)"),
    ("L[1,2]*x", "L: matrix(n,n) lower triangular; x: vector(m)", "zeros(m, 1)"),
    ("tr(ones(n,m)*A)", "A: matrix(m,n)", "sum(A)"),
    ("tr(A*B*inv(A)^2)", "A, B: matrix(n,n)", "tr(B*inv(A))"),
    ("tr(eye(m*n))", "", "tr(eye(m))*tr(eye(n))"),
    ("sum(a)", "", "a"),
    ("eye(n).^2", "", "eye(n)"),
    ("eye(n).*eye(n)", "", "eye(n)"),
    ("tril(ones(n,n)).*L'", "L: matrix(n,n) lower triangular", "L.*eye(n)"),
    ("L.*(L^2)'.*B", "L: matrix(n,n) lower triangular; B: matrix(n,n)", "L.*B.*L^2.*eye(n)"),
    ("eye(n).*D", "D: matrix(n,n) diagonal", "D"),
    ("eye(n).*(A*B + B'*A')", "A: matrix(n,m); B: matrix(m,n)", "2*eye(n).*(A*B)"),
    ("norm2(x*y')", "", "norm2(x)*norm2(y)"),
    ("norm2(A/norm2(x*y'))", "", "norm2(A)/(norm2(x)*norm2(y))"),
    ("norm1(A*x*y')", "", "norm1(A*x)*norm1(y)"),
    ("diag(A*x*y')", "A: matrix(n,n)", "y.*(A*x)"),
    ("diag(A*B) - diag(B'*A')", "A: matrix(n,m); B: matrix(m,n)", "zeros(n, 1)"),
    ("log(abs(det(A)))", "", "logdet(A)"),
    ("sign(x)./abs(x)", "", "1./x"),
    ("sin(-2*x)", "", "-sin(2*x)"),
    ("cos(-A)", "", "cos(A)"),
    ("erf(-a - b)", "", "-erf(a + b)"),
    ("sin(a - b) + sin(b - a)", "", "0"),
    ("sigmoid(a) + sigmoid(-a)", "", "1"),
    ("exp(x).*exp(-x) - ones(n,1)", "x: vector(n)", "zeros(n, 1)"),
    ("sin(a)/cos(a)", "", "tan(a)"),
    ("sinh(x).^3./cosh(x).^2", "", "sinh(x).*tanh(x).^2"),
    ("sign(a)*abs(a)^-3*b", "", "b/a^3"),
    ("x.*eye(n)[:,i]", "", "x[i]*eye(n)[:,i]"),
    ("x'.*eye(n)[i,:]", "", "x[i]*eye(n)[i,:]"),
    ("(x'*exp(y))/sum(exp(y))", "", "x'*softmax(y)"),
    ("Q'*Q^3", "Q: matrix(n,n) orthogonal", "Q^2"),
    ("Q'^2*Q*x", "Q: matrix(n,n) orthogonal", "Q'*x"),
    ("inv(kron(A,B))", "A: matrix(m,m); B: matrix(n,n)", "kron(inv(A), inv(B))"),
    ("det(kron(A,B))", "A: matrix(m,m); B: matrix(n,n)", "det(A)^rows(B)*det(B)^rows(A)"),
    ("logdet(kron(A,B))", "A: matrix(m,m); B: matrix(n,n)", "rows(B)*logdet(A) + rows(A)*logdet(B)"),
    ("ones(m,n)*ones(n,k)", "", "tr(eye(n))*ones(m, k)"),
    ("ones(m,1)*ones(1,k)", "", "ones(m, k)"),
    ("commutation(n,n)*duplication(n)", "", "duplication(n)"),
    ("duplication(n)'*commutation(n,n)", "", "duplication(n)'"),
    ("(x'*x)/norm2(x)", "", "norm2(x)"),
    ("norm2(A)*b/tr(A'*A)", "", "b/norm2(A)"),
    ("sum(kron(A,B))", "", "sum(A)*sum(B)"),
    ("norm2(kron(A,B)) + norm1(kron(A,B))", "", "norm2(A)*norm2(B) + norm1(A)*norm1(B)"),
    ("(A*Q - B)*Q'", "A, B: matrix(m,n); Q: matrix(n,n) orthogonal", "A - B*Q'"),
    ("(X.*(ones(m,n) - Y./X)./Y)*x", "X, Y: matrix(m,n)", "((X - Y)./Y)*x"),
    ("a/(c^2*(1 + b/c^2))", "", "a/(c^2 + b)"),
    ("(x.*(ones(n,1) - x).*(y./x/rows(x) - y./(ones(n,1) - x)/rows(x)))", "x, y: vector(n)", "(y - 2*x.*y)/rows(x)"),
    ("a*sqrt(a^2 + 1)", "", "a*sqrt(a^2 + 1)"),
    ("a/(c^2*sqrt(1 + b/c^4))", "", "a/(c^2*sqrt(1 + b/c^4))"),
    ("(1 - a)^2 + 2*a", "", "1 + a^2"),
    ("b*(1/(1 + a) - a/(1 + a)^2)", "", "b/(1 + a)^2"),
    ("diag(x) + diag(y)", "", "diag(x + y)"),
    ("det(A)*b*c", "", "b*c*det(A)"),
    ("tanh(A')*x", "A: matrix(m,n)", "tanh(A')*x"),
    ("tr(A'*inv(A + B)')", "A, B: matrix(n,n)", "tr(inv(A + B)*A)"),
    ("inv(eye(n) + A)*A^2 + expm(-A)*A", "A: matrix(n,n)", "A^2*inv(eye(n) + A) + A*expm(-A)"),
    ("inv(A + B)*A - A*inv(A + B)", "A, B: matrix(n,n)", "inv(A + B)*A - A*inv(A + B)"),
    # found by their values, whatever the reason
    ("x - mean(x - mean(x)*ones(n,1))*ones(n,1)", "x: vector(n)", "x"),
    ("(eye(m) - A*inv(A'*A)*A')^2*y", "A: matrix(m,n)", "(eye(m) - A*inv(A'*A)*A')*y"),
    ("(eye(m) - A*inv(A'*A)*A')*A", "A: matrix(m,n)", "zeros(m, n)"),
    ("inv(eye(n) + A*B)*A - A*inv(eye(m) + B*A)", "A: matrix(n,m)", "zeros(n, m)"),
    ("x'*(A + B)*x + x'*(A' + B')*x", "", "2*x'*(A + B)*x"),
    ("norm2(x)^2/(x'*x)", "", "1"),
    ("a/(a + b) + b/(a + b)", "", "1"),
    ("A*inv(A^2 + eye(n)) + inv(A^2 + eye(n))*A", "A: matrix(n,n)", "2*A*inv(A^2 + eye(n))"),
    # not equal, though they are for some sizes or signs
    ("rows(A)*x + 3*x", "A: matrix(m,n)", "rows(A)*x + 3*x"),
    ("rows(A)*x - rows(B)*x", "A: matrix(m,n); B: matrix(k,n)", "(rows(A) - rows(B))*x"),
    ("rows(A)*x - cols(A)*x - x", "A: matrix(m,n)", "(rows(A) - cols(A) - 1)*x"),
    ("rows(A)^2*x - cols(A)*x", "A: matrix(m,n)", "(rows(A)^2 - cols(A))*x"),
    ("(rows(A) - 4)*(cols(A) - rows(A) + 1)*B", "A: matrix(m,n)", "(rows(A) - 4)*(cols(A) + 1 - rows(A))*B"),
    ("(rows(x)-2)*(rows(x)-3)*(rows(x)-4)*(rows(x)-5)*A*x", "A: matrix(m,n)",
     "(rows(x) - 2)*(rows(x) - 3)*(rows(x) - 4)*(rows(x) - 5)*A*x"),
    ("det(Q) - det(R)", "Q, R: matrix(n,n) orthogonal", "det(Q) - det(R)"),
    ("det(Q)*det(R) + c", "Q: matrix(n,n) orthogonal; R: matrix(m,m) orthogonal", "det(Q)*det(R) + c"),
    ("(det(Q) - 1)*(det(R) - 1)*x", "Q, R: matrix(n,n) orthogonal", "(det(Q) - 1)*(det(R) - 1)*x"),
    ("det(P)*det(Q)*det(R) + det(P)", "P, Q, R: matrix(n,n) orthogonal", "det(P)*(det(Q)*det(R) + 1)"),
    ("sqrt(a^2) - a", "", "sqrt(a^2) - a"),
    ("det(Q)*x - x", "Q: matrix(n,n) orthogonal; x: vector(m)", "det(Q)*x - x"),
    ("tr(Q)*x - x", "Q: matrix(n,n) symmetric orthogonal; x: vector(m)", "tr(Q)*x - x"),
    ("A*B - B*A", "A, B: matrix(n,n) orthogonal", "A*B - B*A"),
    ("det(K)*x", "K: matrix(n,n) skew; x: vector(m)", "det(K)*x"),
    ("norm2(x)^2*a/(x'*x)", "", "a"),
    ("A*A' - A'*A", "A: matrix(n,n)", "A*A' - A'*A"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "given", "expected"), LAWS)
def test_law(text: str, given: str, expected: str) -> None:
    """The value stays, the text is the one expected, and reads back."""
    formula = parse(text, given)
    short = simplify(formula)
    assert_keeps_value(text, given)
    assert short.text == expected
    assert_round_trip(short)
    assert_canonical(formula.node)


def assert_keeps_value(text: str, given: str) -> None:
    formula = parse(text, given)
    short = simplify(formula)
    try:
        sample = sample_of([formula.node, short.node])
    except Undecided:  # it has a value where its derivative has none: norm2(zeros(m, n))
        sample = sample_of([short.node, *(n for n in postorder(formula.node) if not n.args)])
    assert short.node.size == formula.node.size
    values = matrix_value(short, sample), matrix_value(formula, sample)
    assert_same(*values, scale_of(sample), f"{text} as {short.text}", formula.node, sample)


# ------------------------------------------------------------------ every law has an example

Law = tuple[str, Any]
TABLES: dict[str, Any] = {"identity": IDENTITIES, "rule": RULES}


ENTRIES: list[Law] = [
    *((name, op) for name, table in TABLES.items() for op in table),
    *(("neighbours", (pair, at)) for pair, found in NEIGHBOURS.items() for at in range(len(found))),
    *(("scalar chain", at) for at in range(len(SCALAR_CHAINS))),
    *(("fraction", at) for at in range(len(FRACTIONS))),
]


def name_of(law: Law) -> str:
    kind, where = law
    if kind == "neighbours":
        (a, b), at = where
        return f"{a.name} {b.name} {at}"
    return f"{kind} {where.name if kind in TABLES else where}"


@contextmanager
def replaced(law: Law, change: Callable[[Any], Any]) -> Iterator[None]:
    """One law changed, in the table that holds it."""
    kind, where = law
    if kind in TABLES:
        table, key = TABLES[kind], where
    elif kind == "neighbours":
        table, (key, at) = NEIGHBOURS, where
    else:
        table, key = (SCALAR_CHAINS if kind == "scalar chain" else FRACTIONS), where
    honest = table[key]
    table[key] = change(honest) if kind != "neighbours" else (*honest[:at], change(honest[at]), *honest[at + 1 :])
    try:
        yield
    finally:
        table[key] = honest


def firing(law: Law) -> list[tuple[str, str]]:
    """The examples in whose canonical form the law changes something."""
    fired: list[bool] = []

    def watched(rule: Any) -> Any:
        def watching(*args: Any) -> Any:
            if law[0] == "fraction":
                before = dict(args[1])
                result = rule(*args)
                fired.append(result != args[2] or before != args[1])
                return result
            result = rule(*args)
            fired.append(changed(law, args, result))
            return result

        return watching

    found: list[tuple[str, str]] = []
    with replaced(law, watched):
        for text, given, _ in LAWS:
            fired.clear()
            Canonical()(parse(text, given).node)
            if any(fired):
                found.append((text, given))
    return found


def changed(law: Law, args: tuple[Any, ...], result: Any) -> bool:
    if law[0] != "rule":
        return result is not None
    _, node, inner = args
    return result[0] is not make(node.op, tuple(inner), node.params)


# What no example can show, and why.
SHADOWED = {"commutation commutation 0": "an orthogonal matrix times its transpose is cancelled before"}


@pytest.mark.parametrize("law", [law for law in ENTRIES if name_of(law) not in SHADOWED], ids=name_of)
def test_every_law_has_an_example(law: Law) -> None:
    assert firing(law), "no formula above makes this law fire"


# ------------------------------------------------------------------ wrong laws are noticed


@pytest.mark.parametrize(
    "law", [law for law in ENTRIES if law[0] not in ("rule", "fraction") and name_of(law) not in SHADOWED], ids=name_of
)
def test_a_wrong_law_is_noticed(law: Law) -> None:
    """With 1 added to its result, or a factor 2 in it, some example of the law has another value, or is refused."""
    examples = firing(law)
    with replaced(law, lambda rule: spoilt(rule, law[0])):
        assert any(map(noticed, examples))


def spoilt(rule: Any, kind: str) -> Any:
    def spoiled(ctx: Canonical, *args: Any) -> Any:
        result = rule(ctx, *args)
        if isinstance(result, Node):
            return result + 1 if kind == "identity" else ctx(2 * result)
        if isinstance(result, list):
            return [ctx(make(PRODUCT, (2 * eye(args[0].rows), *result)))]
        return result

    return spoiled


def noticed(example: tuple[str, str]) -> bool:
    try:
        assert_keeps_value(*example)
    except (AssertionError, FormulaError):
        return True
    return False
