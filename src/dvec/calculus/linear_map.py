"""The algebra of linear maps: sums of words of atoms, composed by laws, turned into adjoints and matrices last.

May import core and operations. README.md beside this file tells the idea.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dvec.core.algebra import ADD, ONE, PRODUCT, TRANSPOSE, eye, product, transposed, zeros
from dvec.core.atoms import (
    Atom,
    Mask,
    OfDiagonal,
    Opaque,
    RankOne,
    Sandwich,
    Scale,
    Shared,
    ToDiagonal,
    Transposition,
)
from dvec.core.errors import NotDifferentiable
from dvec.core.node import TABLE, Node, Op, Operand, apply, make, postorder
from dvec.core.signature import Shape
from dvec.operations.constants import commutation
from dvec.operations.structure import diag, diagonal, khatri, kron, unvec, vec

Word = tuple[Atom, ...]  # the leftmost atom is applied last


@dataclass(slots=True)
class LinearMap(Operand):
    """Y ↦ Σ words(Y), from matrices of one size to matrices of another. It stands for dX in differentials.

    Operations act on it as on dX itself: inv(X) @ L @ B is the map followed by Y ↦ X⁻¹ Y B.
    """

    words: tuple[Word, ...]
    rows: Any
    cols: Any
    domain: Shape

    @staticmethod
    def identity(shape: Shape) -> LinearMap:
        return LinearMap(((),), shape[0], shape[1], shape)

    def through(self, op: Op, args: tuple[Any, ...], params: tuple[Any, ...], position: int) -> LinearMap:
        """Itself followed by the operation in this argument."""
        if op is ADD:
            return self.plus(args)
        rows, cols = result_shape(op, args, params)
        atoms = atoms_of(op, args, params, position)
        if atoms is None:
            return differential_of(op, args, params, position, self)
        return self.then(atoms, (rows, cols))

    def plus(self, terms: Sequence[Any]) -> LinearMap:
        """The sum of maps of one size."""
        words: list[Word] = []
        for term in terms:
            assert isinstance(term, LinearMap), "a differential has a term without d"
            words += term.words
        return LinearMap(tuple(words), self.rows, self.cols, self.domain)

    def then(self, atoms: Sequence[Atom], shape: Shape) -> LinearMap:
        """Itself followed by the atoms, the last of which is applied first."""
        words: list[Word] = []
        for word in self.words:
            for atom in reversed(atoms):
                word = compose(atom, word)
            words.append(word)
        return LinearMap(tuple(words), shape[0], shape[1], self.domain)

    def after(self, first: LinearMap) -> LinearMap:
        """This map after another one."""
        words = tuple(compose_words(word, before) for word in self.words for before in first.words)
        return LinearMap(words, self.rows, self.cols, first.domain)

    def applied(self, Y: Node) -> Node:
        """The value at Y: with Y = dX, the differential."""
        return total([apply_word(word, Y) for word in self.words], (self.rows, self.cols))

    def adjoint(self, G: Node) -> Node:
        """L*(G), with ⟨G, L(Y)⟩ = ⟨L*(G), Y⟩ and ⟨A, B⟩ = tr(A'B)."""
        return total([adjoint_word(word, G) for word in self.words], self.domain)

    def transposed_map(self) -> LinearMap:
        """The adjoint as a map."""
        words: list[Word] = []
        for word in self.words:
            shapes = images(word, self.domain)
            words.append(tuple(adjoint_of(atom, shapes[k + 1]) for k, atom in enumerate(word))[::-1])
        return LinearMap(tuple(words), self.domain[0], self.domain[1], (self.rows, self.cols))


def total(terms: Sequence[Node], shape: Shape) -> Node:
    if not terms:
        return zeros(*shape)
    return terms[0] if len(terms) == 1 else make(ADD, tuple(terms))


def result_shape(op: Op, args: Sequence[Any], params: tuple[Any, ...]) -> Shape:
    """The size of op(arguments), of which some may be maps."""
    if op.shape is not None:
        return op.shape(args, params)
    assert op.signature is not None
    return op.signature.shape(op.name, params, tuple([(a.rows, a.cols) for a in args]))


def atoms_of(op: Op, args: Sequence[Any], params: tuple[Any, ...], position: int) -> list[Atom] | None:
    """The atoms of an operation that is linear in this argument, None for others."""
    if callable(op.maps):
        return op.maps(args, position)
    if op.maps:
        return op.maps[position](*args, *params)
    if op.derivative is not None:
        return [Mask(op.derivative(args[position]))]
    return None


def differential_of(op: Op, args: Sequence[Any], params: tuple[Any, ...], position: int, d: LinearMap) -> LinearMap:
    """The differential of op(arguments) in one argument, along d."""
    atoms = atoms_of(op, args, params, position)
    if atoms is not None:
        return d.then(atoms, result_shape(op, args, params))
    rule = op.differential[position] if position < len(op.differential) else None
    if rule is None:
        message = f"{op.name}: {op.refusal or 'it has no derivative in this argument'}"
        raise NotDifferentiable.because_of(op, message)
    return rule(*args, *params, d)


# ------------------------------------------------------------------ composition: the laws


def _times(a: Node | None, b: Node | None) -> Node | None:
    if a is None:
        return b
    return a if b is None else product([a, b])


def compose(atom: Atom, word: Word) -> Word:
    """The atom after the word, merged with its first atom where a law says so."""
    if isinstance(atom, Scale) and atom.by is ONE:
        return word
    if isinstance(atom, Sandwich) and atom.left is None and atom.right is None:
        return word
    if not word:
        return (atom,)
    head, rest = word[0], word[1:]
    if isinstance(head, Scale) and not isinstance(atom, Scale):
        return (head, *compose(atom, rest))
    match atom, head:
        case Scale(c), Scale(d):
            return (Scale(product([c, d])), *rest)
        case _, RankOne(value, against):
            return (RankOne(apply_atom(atom, value), against), *rest)
        case Sandwich(A, B), Sandwich(C, D):
            return compose(Sandwich(_times(A, C), _times(D, B)), rest)
        case Mask(M), Mask(N):
            return (Mask(M * N), *rest)
        case Transposition(), Transposition():
            return rest
        case _:
            return (atom, *word)


def compose_words(left: Word, right: Word) -> Word:
    for atom in reversed(left):
        right = compose(atom, right)
    return right


# ------------------------------------------------------------------ atoms at work


def turned(a: Node) -> Node:
    return a if a.scalar else transposed(a)


def image(atom: Atom, shape: Shape) -> Shape:
    """The size of what the atom makes of a matrix of this size."""
    match atom:
        case Sandwich(A, B):
            return (shape[0] if A is None else A.rows), (shape[1] if B is None else B.cols)
        case RankOne(value, _):
            return value.size
        case Transposition():
            return shape[1], shape[0]
        case ToDiagonal():
            return shape[0], shape[0]
        case OfDiagonal():
            return shape[0], 1
        case Opaque(op, args, position, params, is_adjoint):
            return args[position].size if is_adjoint else result_shape(op, args, params)
        case Shared():
            return atom.rows, atom.cols
        case Scale() | Mask():
            return shape


def images(word: Word, domain: Shape) -> list[Shape]:
    """The size after each atom; the last entry is the domain."""
    shapes = [domain]
    for atom in reversed(word):
        shapes.append(image(atom, shapes[-1]))
    return shapes[::-1]


def apply_atom(atom: Atom, Y: Node) -> Node:
    match atom:
        case Scale(c):
            return product([c, Y])
        case Sandwich(A, B):
            return product([f for f in (A, Y, B) if f is not None])
        case Mask(M):
            return M * Y
        case RankOne(value, against):
            return product([inner(against, Y), value])
        case Transposition():
            return turned(Y)
        case ToDiagonal():
            return diag(Y)
        case OfDiagonal():
            return diagonal(Y)
        case Opaque(op, args, position, params, is_adjoint):
            if is_adjoint:
                rule = op.adjoint[position]
                assert rule is not None
                return rule(Y, *args, *params)
            return apply(op, [*args[:position], Y, *args[position + 1 :]], params)
        case Shared(J, rows, cols):
            return unvec(product([J, vec(Y)]), rows, cols)


def adjoint_of(atom: Atom, domain: Shape) -> Atom:
    """The atom of the adjoint map; the domain is what the atom itself acts on."""
    match atom:
        case Sandwich(A, B):
            return Sandwich(None if A is None else turned(A), None if B is None else turned(B))
        case RankOne(value, against):
            return RankOne(against, value)
        case ToDiagonal():
            return OfDiagonal()
        case OfDiagonal():
            return ToDiagonal()
        case Opaque(op, args, position, params, is_adjoint):
            return Opaque(op, args, position, params, not is_adjoint)
        case Shared(J, rows, cols, from_rows, from_cols):
            return Shared(turned(J), from_rows, from_cols, rows, cols)
        case Scale() | Mask() | Transposition():
            return atom


def inner(a: Node, b: Node) -> Node:
    """⟨A, B⟩ = tr(A'B), as a product where that is one already."""
    if a.scalar or a.cols == 1:
        return product([turned(a), b])
    return TABLE["tr"](product([turned(a), b]))


def apply_word(word: Word, Y: Node) -> Node:
    for atom in reversed(word):
        Y = apply_atom(atom, Y)
    return Y


def adjoint_word(word: Word, G: Node) -> Node:
    for atom in word:
        G = apply_atom(adjoint_of(atom, G.size), G)
    return G


# ------------------------------------------------------------------ matrices, last


@dataclass(frozen=True, slots=True)
class Normal:
    """A word ready to be written as a matrix: c · atoms, after a transposition of the input if `flipped`."""

    coefficient: Node | None
    atoms: Word
    flipped: bool


def normal(word: Word, domain: Shape) -> Normal:
    """Scales in front; what passes through a scalar as one rank-one atom; transpositions at the input."""
    coefficient: Node | None = None
    atoms: list[Atom] = []
    for atom in word:
        if isinstance(atom, Scale):
            coefficient = _times(coefficient, atom.by)
        else:
            atoms.append(atom)
    shapes = images(tuple(atoms), domain)
    for position, atom in enumerate(atoms):
        if isinstance(atom, RankOne) or shapes[position] == (1, 1):
            tail = tuple(atoms[position + 1 :])
            if isinstance(atom, RankOne):
                value, against = atom.value, adjoint_word(tail, atom.against)
            else:
                value, against = ONE, adjoint_word((atom, *tail), ONE)
            rank_one = RankOne(apply_word(tuple(atoms[:position]), value), against)
            return Normal(coefficient, (rank_one,), False)
    moved, flipped = transpositions_to_input(atoms)
    word, scales = merged(moved, (domain[1], domain[0]) if flipped else domain)
    for scale in scales:
        coefficient = _times(coefficient, scale)
    return Normal(coefficient, word, flipped)


def transpositions_to_input(atoms: Sequence[Atom]) -> tuple[list[Atom], bool]:
    """T S(A,B) = S(B',A') T, T W(M) = W(M') T, T Δ = Δ; where no law holds the transposition stays."""
    out: list[Atom] = []
    flipped = False
    for atom in atoms:
        if isinstance(atom, Transposition):
            flipped = not flipped
            if not flipped or not (out and isinstance(out[-1], OfDiagonal)):
                continue
            flipped = False  # δ T = δ
        elif not flipped:
            out.append(atom)
        elif isinstance(atom, Sandwich):
            out.append(Sandwich(None if atom.right is None else turned(atom.right),
                                None if atom.left is None else turned(atom.left)))  # fmt: skip
        elif isinstance(atom, Mask):
            out.append(Mask(turned(atom.by)))
        elif isinstance(atom, ToDiagonal):
            out.append(atom)
            flipped = False
        else:
            out += [Transposition(), atom]
            flipped = False
    return out, flipped


def merged(atoms: list[Atom], domain: Shape) -> tuple[Word, list[Node]]:
    """Neighbours merged by the laws that need sizes, S(A,b)Δ = S(A diag b, 1), δ S(A,B)Δ = S(A ⊙ B', 1)."""
    word: Word = ()
    scales: list[Node] = []
    shape = domain
    for atom in reversed(atoms):
        if isinstance(atom, Mask) and shape[1] == 1:
            atom = Sandwich(diag(atom.by), None)  # on a column, w ⊙ y = diag(w) y
        elif isinstance(atom, Sandwich):
            scales += [f for f in (atom.left, atom.right) if f is not None and f.scalar]
            atom = Sandwich(_matrix(atom.left), _matrix(atom.right))
        after = image(atom, shape)
        word = _merge(atom, word, shape)
        shape = after
    return word, scales


def _matrix(factor: Node | None) -> Node | None:
    return None if factor is None or factor.scalar else factor


def _merge(atom: Atom, word: Word, shape: Shape) -> Word:
    head = word[0] if word else None
    if isinstance(atom, Sandwich) and isinstance(head, ToDiagonal) and atom.right is not None and atom.right.cols == 1:
        return compose(Sandwich(_times(atom.left, diag(atom.right)), None), word[1:])
    if (
        isinstance(atom, OfDiagonal)
        and isinstance(head, Sandwich)
        and len(word) > 1
        and isinstance(word[1], ToDiagonal)
    ):
        A, B = head.left, head.right
        n = shape[0]
        left = eye(n) if A is None else A
        right = eye(n) if B is None else turned(B)
        return compose(Sandwich(left * right, None), word[2:])
    if isinstance(atom, OfDiagonal) and isinstance(head, ToDiagonal):
        return word[1:]
    if isinstance(atom, Mask) and isinstance(head, ToDiagonal):
        return (head, *compose(Sandwich(diag(diagonal(atom.by)), None), word[1:]))
    return compose(atom, word)


def vec_matrix(word: Word, domain: Shape) -> Node:
    """The matrix of the word on vec."""
    form = normal(word, domain)
    factors: list[Node] = [] if form.coefficient is None else [form.coefficient]
    start = (domain[1], domain[0]) if form.flipped else domain
    shapes = images(form.atoms, start)
    atoms = form.atoms
    position = 0
    while position < len(atoms):
        position = _matrix_step(atoms, shapes, position, factors)
    if form.flipped and domain[0] != 1 and domain[1] != 1:
        factors.append(commutation(*domain))
    if not any(not f.scalar for f in factors):
        factors.append(eye(domain[0] * domain[1]))
    return product(factors)


def _matrix_step(atoms: Word, shapes: list[Shape], position: int, factors: list[Node]) -> int:
    """Append the matrix of the atom at this position, or of it and the next; the position after is returned."""
    atom = atoms[position]
    following = atoms[position + 1] if position + 1 < len(atoms) else None
    rows, cols = shapes[position + 1]
    match atom:
        case Sandwich(A, B):
            if isinstance(following, ToDiagonal):
                n = shapes[position + 2][0]
                factors.append(khatri(eye(n) if B is None else turned(B), eye(n) if A is None else A))
                return position + 2
            factors.append(kron(eye(cols) if B is None else turned(B), eye(rows) if A is None else A))
        case OfDiagonal():
            if isinstance(following, Sandwich):
                inner_rows, inner_cols = shapes[position + 2]
                A, B = following.left, following.right
                factors.append(khatri(eye(inner_cols) if B is None else B,
                                      eye(inner_rows) if A is None else turned(A)).T)  # fmt: skip
                return position + 2
            factors.append(khatri(eye(rows), eye(rows)).T)
        case ToDiagonal():
            factors.append(khatri(eye(rows), eye(rows)))
        case Mask(M):
            factors.append(diag(vec(M)))
        case RankOne(value, against):
            factors.append(_rank_one_matrix(value, against))
        case Transposition():
            factors.append(commutation(rows, cols))
        case Opaque(op, args, k, params, is_adjoint):
            rule = op.matrix[k]
            assert rule is not None
            matrix = rule(*args, *params)
            factors.append(turned(matrix) if is_adjoint else matrix)
        case Shared(J):
            factors.append(J)
        case Scale(c):
            factors.append(c)
    return position + 1


def _rank_one_matrix(value: Node, against: Node) -> Node:
    """vec(C) vec(D)'. Of outer products vec(u v') vec(p q)' is kron(v q, u p'), a term like those of sandwiches."""
    left, right = _outer(value), _outer(against)
    if left is None or right is None or all(node.rows == 1 or node.cols == 1 for node in (value, against)):
        return product([vec(value), turned(vec(against))])
    (u, v), (p, q) = left, right
    return kron(product([turned(v), q]), product([u, turned(p)]))


def _outer(root: Node) -> tuple[Node, Node] | None:
    """A column and a row whose product is this matrix, as far as it is written so; a column itself and 1."""
    if root.scalar:
        return None
    if root.rows == 1 or root.cols == 1:
        return (ONE, root) if root.rows == 1 else (root, ONE)
    found: dict[Node, tuple[Node, Node] | None] = {}
    for node in postorder(root, lambda n: n.op not in (PRODUCT, TRANSPOSE)):
        if node.op is PRODUCT:
            found[node] = _split(node, found)
        elif (inner := found.get(node.args[0])) is not None:
            found[node] = turned(inner[1]), turned(inner[0])
    return found.get(root)


def _split(node: Node, found: dict[Node, tuple[Node, Node] | None]) -> tuple[Node, Node] | None:
    """A product in two at a link of width 1, between its factors or within one of them."""
    factors = node.args
    cuts = [
        (factors[:k], factors[k:])
        for k in range(1, len(factors))
        if factors[k - 1].cols == 1 and factors[k].rows == 1
    ]  # fmt: skip
    for k, factor in enumerate(factors):
        if (inner := found.get(factor)) is not None:
            cuts.append(((*factors[:k], inner[0]), (inner[1], *factors[k + 1 :])))
    for left, right in cuts:
        column, row = product(left), product(right)
        if column.size == (node.rows, 1) and row.size == (1, node.cols):  # a scalar among matrices is no such link
            return column, row
    return None


def block_matrix(word: Word, domain: Shape) -> Node | None:
    """The matrix of the word in the layout (i a) (j b), None where it has no short form."""
    form = normal(word, domain)
    outer = [] if form.coefficient is None else [form.coefficient]
    p, q = domain
    match form.atoms:
        case (RankOne(value, against),):
            n = value.cols
            return product([*outer, kron(value, against), commutation(n, q)])
        case () if form.flipped:
            return product([*outer, eye(p * q)])
        case ():
            return product([*outer, vec(eye(p)), turned(vec(eye(q)))])
        case (Sandwich(A, B),) if form.flipped:
            return product([*outer, kron(eye(q) if A is None else A, eye(p) if B is None else B)])
        case (Sandwich(A, B),):
            left, right = eye(p) if A is None else turned(A), eye(q) if B is None else turned(B)
            return product([*outer, vec(left), turned(vec(right))])
        case atoms if not form.flipped and (masked := _masked(atoms, domain)) is not None:
            A, B, M, C, D = masked
            return product([*outer, khatri(A, turned(C)), M, turned(khatri(D, turned(B)))])
        case _:
            return None


def _masked(atoms: Word, domain: Shape) -> tuple[Node, Node, Node, Node, Node] | None:
    """The five matrices of S(A,B) W(M) S(C,D), identities where an outer one is missing."""
    match atoms:
        case (Mask(M),):
            outer, inside = Sandwich(), Sandwich()
        case (Sandwich() as outer, Mask(M)):
            inside = Sandwich()
        case (Mask(M), Sandwich() as inside):
            outer = Sandwich()
        case (Sandwich() as outer, Mask(M), Sandwich() as inside):
            pass
        case _:
            return None
    A = eye(M.rows) if outer.left is None else outer.left
    B = eye(M.cols) if outer.right is None else outer.right
    C = eye(domain[0]) if inside.left is None else inside.left
    D = eye(domain[1]) if inside.right is None else inside.right
    return A, B, M, C, D
