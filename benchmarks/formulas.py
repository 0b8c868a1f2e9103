"""Formulas for the benchmarks: what people differentiate, with the variable that they differentiate by."""

GRADIENTS = [
    ("norm2(U*V' - Y)^2 + lambda/2*(norm2(U)^2 + norm2(V)^2)", "U"),
    ("norm2(X*w - y)^2 + c*w'*w", "w"),
    ("sum(log(exp(-y.*(X*w)) + vector(1)))", "w"),
    ("log(sum(exp(W*x))) - t'*W*x", "W"),
    ("tr(W'*A*W)/tr(W'*B*W)", "W"),
    ("(x'*A*x)/(x'*x)", "x"),
    ("-1/2*y'*inv(K)*y - 1/2*logdet(K)", "K"),
    ("logdet(S) + tr(inv(S)*C)", "S"),
    ("(x - y)'*M'*M*(x - y)", "M"),
    ("sum(exp(X*w)) - y'*X*w", "w"),
    ("1/2*(p.*y)'*K*(p.*y) - sum(p)", "p"),
    ("sum(sqrt((A*x - h).^2 + vector(1)))", "x"),
    ("exp(-norm2(x - y)^2/2)", "x"),
    ("det(X'*A*X)", "X"),
    ("tr(A*X^3)", "X"),
    ("tr(inv(X'*C*X)*(X'*B*X))", "X"),
    ("a'*inv(X)*b", "X"),
    ("norm2(W.*(U*V' - Y))^2", "U"),
    ("tr(A*X'*B*X*C)", "X"),
    ("vec(X)'*A*vec(X)", "X"),
    ("sum(tanh(A*tanh(B*x)))", "x"),
    ("sum(softmax(A*x).*log(softmax(A*x)))", "x"),
]
JACOBIANS = [
    ("A*X*B", "X"),
    ("inv(X)", "X"),
    ("X*X'", "X"),
    ("exp(A*X)", "X"),
    ("kron(A, X)", "X"),
    ("X*inv(X'*X)*X'", "X"),
    ("x/norm2(x)", "x"),
    ("B*tanh(A*x + h)", "x"),
    ("diag(x)*A*x", "x"),
    ("exp(diag(X*A))", "X"),
    ("softmax(A*x)", "x"),
]
HESSIANS = [
    ("norm2(U*V' - Y)^2 + lambda/2*(norm2(U)^2 + norm2(V)^2)", "U"),
    ("norm2(W.*(U*V' - Y))^2", "U"),
    ("logdet(X)", "X"),
    ("log(sum(exp(A*x)))", "x"),
    ("norm2(x)", "x"),
    ("tr(X'*A*X*B)", "X"),
    ("(x'*A*x)/(x'*x)", "x"),
    ("logdet(X'*A*X)", "X"),
]
GIVEN = "a, b, t: vector"
ALL = [(f, x, 1) for f, x in GRADIENTS + JACOBIANS] + [(f, x, 2) for f, x in HESSIANS]
