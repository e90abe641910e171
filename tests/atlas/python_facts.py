"""The facts of one Python source: what it binds, and what each of its functions reads.

Facts are names and digests. A digest is over the syntax tree without comments, docstrings, annotations, positions and
the words of errors and warnings; the text itself is not kept.
"""

import ast
import warnings
from dataclasses import dataclass, field

from digest import digest_of, dotted_name, dump

# How an attribute of `self` is read, the weightiest first.
SURE, PERHAPS, GUARDED = 0, 1, 2


@dataclass
class Code:
    """A function, a method or the value of a name."""

    digest: str
    # Attribute of the first parameter -> SURE, PERHAPS or GUARDED.
    reads: dict = field(default_factory=dict)
    # Attributes of the first parameter that it sets.
    sets: set = field(default_factory=set)
    # Attributes read from anything else.
    asks: set = field(default_factory=set)
    # Dotted names that start outside of the function.
    names: set = field(default_factory=set)
    # (module as written, name) of imports inside the function.
    imports: dict = field(default_factory=dict)
    is_property: bool = False
    # It reads attributes of the first parameter by names that are made at run time.
    dynamic: bool = False


@dataclass
class Class:
    name: str
    bases: list = field(default_factory=list)
    members: set = field(default_factory=set)
    # Parameters of `__init__` but for the first, with whether they have a default; None without `__init__`.
    parameters: list = None


@dataclass
class Module:
    # Name -> bindings: ("def",), ("class",), ("value",), ("module", dotted), ("from", module, name)
    bound: dict = field(default_factory=dict)
    stars: list = field(default_factory=list)
    all: list = None
    code: dict = field(default_factory=dict)
    classes: dict = field(default_factory=dict)
    # It makes names when they are asked for.
    lazy: bool = False
    # Names of imported modules whose names are asked for then.
    mirrors: list = field(default_factory=list)
    # It binds names that are made at run time.
    open: bool = False
    # Whether the code is read, and not the names alone.
    deep: bool = True


def read(text, deep=True):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(text)
    module = Module(deep=deep)
    _top(module, tree.body)
    module.lazy = "__getattr__" in module.bound
    module.open = any(_binds_any(node) for node in ast.walk(tree))
    return module


def _binds_any(node):
    """`globals()[name] = …`, `globals().update(…)`, a name for `globals()`, `exec(…)`."""
    own = ("globals", "vars", "locals")
    called = isinstance(node, ast.Call) and dotted_name(node.func)
    if isinstance(node, ast.Assign):
        parts = [part.value for part in node.targets if isinstance(part, ast.Subscript)] + [node.value]
        return any(isinstance(part, ast.Call) and dotted_name(part.func) in own and not part.args for part in parts)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Call):
        return node.func.attr in ("update", "setdefault") and dotted_name(node.func.value.func) in own
    # `setattr(sys.modules[__name__], …)`, `setattr(module, made.__name__, made)`
    return called == "exec" or called == "setattr" and any("__name__" in ast.dump(part) for part in node.args[:2])


# ---- the top level ----


def _top(module, body):
    for statement in body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            _bind(module, statement.name, ("def",))
            if statement.name == "__getattr__":
                _mirror(module, statement)
            _keep(module, statement.name, lambda: function(statement))
        elif isinstance(statement, ast.ClassDef):
            _bind(module, statement.name, ("class",))
            _class(module, statement)
        elif isinstance(statement, ast.Import):
            for alias in statement.names:
                bound = alias.asname or alias.name.split(".")[0]
                whole = alias.name if alias.asname else bound
                _bind(module, bound, ("module", whole))
        elif isinstance(statement, ast.ImportFrom):
            source = "." * statement.level + (statement.module or "")
            for alias in statement.names:
                if alias.name == "*":
                    module.stars.append(source)
                else:
                    _bind(module, alias.asname or alias.name, ("from", source, alias.name))
        elif isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            for name in [name for target in targets for name in _targets(target)]:
                _bind(module, name, ("value",))
                if name == "__all__":
                    _exports(module, statement)
                _keep(module, name, lambda: value(statement))
        else:
            for inner in ("body", "orelse", "finalbody"):
                _top(module, getattr(statement, inner, []))
            for handler in getattr(statement, "handlers", []):
                _top(module, handler.body)
            if isinstance(statement, ast.For):
                for name in _targets(statement.target) + _looped(statement):
                    _bind(module, name, ("value",))
            elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
                # `__all__.extend(…)` and calls that change what is bound.
                if module.all is not None and "__all__" in ast.dump(statement.value.func):
                    module.all = None


def _looped(statement):
    """The names in `for name in ["a", "b"]: globals()[name] = …`."""
    into = [part for inner in statement.body if isinstance(inner, ast.Assign) for part in inner.targets]
    if not isinstance(statement.iter, (ast.List, ast.Tuple)) or not any(isinstance(part, ast.Subscript) for part in into):
        return []
    called = [part.value for part in into if isinstance(part, ast.Subscript) and isinstance(part.value, ast.Call)]
    if not any(dotted_name(call.func) == "globals" for call in called):
        return []
    return [part.value for part in statement.iter.elts if isinstance(part, ast.Constant) and isinstance(part.value, str)]


def _mirror(module, statement):
    """`def __getattr__(name): return getattr(other, name)`."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Call) and dotted_name(node.func) == "getattr" and len(node.args) == 2:
            if isinstance(node.args[0], ast.Name):
                module.mirrors.append(node.args[0].id)


def _bind(module, name, what):
    known = module.bound.setdefault(name, [])
    if what not in known:
        known.append(what)


def _keep(module, name, make):
    """Alternatives of one name count together."""
    if not module.deep:
        return
    code = make()
    known = module.code.get(name)
    if known is None:
        module.code[name] = code
        return
    known.digest = digest_of(known.digest + code.digest)
    for attribute, how in code.reads.items():
        known.reads[attribute] = max(how, PERHAPS)
    known.sets |= code.sets
    known.asks |= code.asks
    known.names |= code.names
    known.imports.update(code.imports)
    known.dynamic |= code.dynamic


def _targets(target):
    if isinstance(target, ast.Name):
        return [target.id]
    if isinstance(target, (ast.Tuple, ast.List)):
        return [name for part in target.elts for name in _targets(part)]
    if isinstance(target, ast.Starred):
        return _targets(target.value)
    return []


def _exports(module, statement):
    try:
        names = ast.literal_eval(statement.value)
    except (ValueError, TypeError):
        module.all = None
        return
    if isinstance(statement, ast.AugAssign):
        module.all = None if module.all is None else module.all + list(names)
    else:
        module.all = [name for name in names if isinstance(name, str)]


# ---- classes ----


def _class(module, statement):
    if not module.deep:
        return
    bases = [dotted_name(base) for base in _bases(statement)]
    made = Class(statement.name, [base for base in bases if base])
    _members(module, made, statement.body)
    own = Code("")
    reader = Reader(own, None, set())
    for part in statement.decorator_list:
        reader.look(part, SURE)
    own.digest = digest_of(repr([dump(part) for part in statement.bases + statement.decorator_list]))
    _keep(module, statement.name, lambda: own)
    module.classes[statement.name] = made


def _bases(statement):
    bases = list(statement.bases)
    if len(bases) == 1 and isinstance(bases[0], ast.Call):
        called = dotted_name(bases[0].func) or ""
        if called.split(".")[-1] == "with_metaclass":
            bases = bases[0].args[1:]
    return [base.value if isinstance(base, ast.Subscript) else base for base in bases]


def _members(module, made, body):
    for statement in body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            made.members.add(statement.name)
            if statement.name.startswith("__") and not statement.name.endswith("__"):
                made.members.add(f"_{made.name.lstrip('_')}{statement.name}")
            _keep(module, f"{made.name}.{statement.name}", lambda: function(statement, made.name))
            if statement.name == "__init__":
                made.parameters = _parameters(statement.args)
        elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
            if statement.value is None:
                continue
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            for name in [name for target in targets for name in _targets(target)]:
                made.members.add(name)
                _keep(module, f"{made.name}.{name}", lambda: value(statement))
        elif isinstance(statement, (ast.If, ast.Try, ast.With)):
            for inner in ("body", "orelse", "finalbody"):
                _members(module, made, getattr(statement, inner, []))
            for handler in getattr(statement, "handlers", []):
                _members(module, made, handler.body)
        elif isinstance(statement, ast.ClassDef):
            made.members.add(statement.name)


def _parameters(arguments):
    positional = arguments.posonlyargs + arguments.args
    return [arg.arg for arg in positional[1:]] + [arg.arg for arg in arguments.kwonlyargs]


# ---- functions ----


def function(statement, owner=None):
    decorators = [dotted_name(part) or dotted_name(getattr(part, "func", None)) or "" for part in statement.decorator_list]
    code = Code("")
    names = [name.split(".")[-1] for name in decorators]
    code.is_property = any("property" in name or name == "setter" for name in names)
    arguments = statement.args
    positional = arguments.posonlyargs + arguments.args
    own = positional[0].arg if owner and positional and "staticmethod" not in names else None
    reader = Reader(code, own, _locals(statement), owner)
    for part in statement.decorator_list:
        reader.look(part, PERHAPS)
    for default in arguments.defaults + [d for d in arguments.kw_defaults if d]:
        reader.look(default, PERHAPS)
    reader.block(statement.body, SURE)
    code.names -= {own}
    # Last, because it changes the tree.
    code.digest = digest_of(dump(statement))
    return code


def value(statement):
    code = Code("")
    reader = Reader(code, None, set())
    if statement.value is not None:
        reader.look(statement.value, PERHAPS)
    code.digest = digest_of(dump(statement))
    return code


def _locals(statement):
    """Names that are bound inside a function, parameters included."""
    found = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node is not statement:
            found.add(node.name)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
        elif isinstance(node, ast.Global):
            found -= set(node.names)
    return found


class Reader:
    """Walks a function body and notes what it reads, and whether every call reads it."""

    def __init__(self, code, own, bound, owner=None):
        self.code, self.own, self.bound, self.owner = code, own, bound, owner

    def block(self, body, how):
        for statement in body:
            how = self.statement(statement, how)

    def statement(self, node, how):
        """Reads a statement; gives how sure the next one is reached."""
        if isinstance(node, ast.If):
            self.look(node.test, how)
            self.block(node.body, PERHAPS)
            self.block(node.orelse, PERHAPS)
            return PERHAPS if _leaves(node) else how
        if isinstance(node, (ast.For, ast.While)):
            self.look(node.iter if isinstance(node, ast.For) else node.test, how)
            self.block(node.body, PERHAPS)
            self.block(node.orelse, PERHAPS)
            return PERHAPS if _leaves(node) else how
        if isinstance(node, ast.Try):
            # What is tried may be meant to fail.
            inside = GUARDED if any(_catches_attribute(handler) for handler in node.handlers) else PERHAPS
            self.block(node.body, inside)
            for handler in node.handlers:
                self.block(handler.body, PERHAPS)
            self.block(node.orelse, PERHAPS)
            self.block(node.finalbody, how)
            return PERHAPS if _leaves(node) else how
        if isinstance(node, ast.With):
            for item in node.items:
                self.look(item.context_expr, how)
            self.block(node.body, how)
            return PERHAPS if _leaves(node) else how
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            for part in node.decorator_list:
                self.look(part, PERHAPS)
            self.block(node.body, PERHAPS)
            return how
        if isinstance(node, ast.Import):
            for alias in node.names:
                bound = alias.asname or alias.name.split(".")[0]
                self.code.imports[bound] = (alias.name if alias.asname else bound, None)
            return how
        if isinstance(node, ast.ImportFrom):
            source = "." * node.level + (node.module or "")
            for alias in node.names:
                self.code.imports[alias.asname or alias.name] = (source, alias.name)
            return how
        if isinstance(node, ast.Raise):
            # Which exception it is matters to nobody who gets a prediction.
            for part in getattr(node.exc, "args", []):
                self.look(part, PERHAPS)
            return PERHAPS
        if isinstance(node, ast.Match):
            self.look(node.subject, how)
            for case in node.cases:
                self.block(case.body, PERHAPS)
            return PERHAPS
        for child in ast.iter_child_nodes(node):
            self.look(child, how)
        return PERHAPS if isinstance(node, (ast.Return, ast.Break, ast.Continue)) else how

    def look(self, node, how):
        if isinstance(node, ast.stmt):
            self.statement(node, how)
            return
        if isinstance(node, ast.Attribute):
            self.attribute(node, how)
            return
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Load) and node.id not in self.bound:
                self.code.names.add(node.id)
            return
        if isinstance(node, ast.Call):
            self.call(node, how)
            return
        if isinstance(node, ast.BoolOp):
            self.look(node.values[0], how)
            for part in node.values[1:]:
                self.look(part, PERHAPS)
            return
        if isinstance(node, ast.IfExp):
            self.look(node.test, how)
            self.look(node.body, PERHAPS)
            self.look(node.orelse, PERHAPS)
            return
        if isinstance(node, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            generators = getattr(node, "generators", [])
            if generators and not isinstance(node, ast.GeneratorExp):
                self.look(generators[0].iter, how)
            how = PERHAPS
        for child in ast.iter_child_nodes(node):
            self.look(child, how)

    def attribute(self, node, how):
        if isinstance(node.value, ast.Name) and node.value.id == self.own:
            if isinstance(node.ctx, ast.Load):
                self.read(self.mangled(node.attr), how)
            else:
                self.code.sets.add(self.mangled(node.attr))
            return
        dotted = dotted_name(node)
        if dotted and dotted.split(".")[0] not in self.bound:
            self.code.names.add(dotted)
            return
        if _is_super(node.value):
            self.read(node.attr, PERHAPS)
            return
        if isinstance(node.ctx, ast.Load):
            self.code.asks.add(node.attr)
        self.look(node.value, how)

    def mangled(self, name):
        """Private names carry the name of their class."""
        if self.owner and name.startswith("__") and not name.endswith("__"):
            return f"_{self.owner.lstrip('_')}{name}"
        return name

    def read(self, name, how):
        self.code.reads[name] = min(self.code.reads.get(name, how), how)

    def call(self, node, how):
        called = dotted_name(node.func)
        if called in ("isinstance", "issubclass"):
            # A type that is only compared with runs nothing.
            self.look(node.args[0], how)
            return
        if called in ("warnings.warn", "warn"):
            return
        if called in ("getattr", "hasattr", "setattr", "delattr") and len(node.args) >= 2:
            self.by_name(called, node, how)
            return
        if called and called.split(".")[-1] == "check_is_fitted" and len(node.args) > 1:
            self.fitted(node.args[0], node.args[1])
        self.look(node.func, how)
        for part in node.args:
            self.look(part, how)
        for keyword in node.keywords:
            self.look(keyword.value, how)

    def fitted(self, of, names):
        """The attributes by which a fitted object is known, when the code names them."""
        if isinstance(of, ast.Name) and of.id == self.own:
            for part in ast.walk(names):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    self.read(part.value, PERHAPS)

    def by_name(self, called, node, how):
        of, name = node.args[0], node.args[1]
        is_own = isinstance(of, ast.Name) and of.id == self.own
        for part in [of] * (not is_own) + node.args[1:]:
            self.look(part, how)
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            safe = called == "hasattr" or len(node.args) > 2
            if is_own and called == "setattr":
                self.code.sets.add(name.value)
            elif is_own:
                self.code.reads[name.value] = GUARDED if safe else min(self.code.reads.get(name.value, how), how)
            elif called != "setattr":
                self.code.asks.add(name.value)
        elif is_own:
            self.code.dynamic = True


def _leaves(node):
    """Whether a block may end the function in another way than by an exception."""
    return any(isinstance(inner, (ast.Return, ast.Break, ast.Continue)) for inner in ast.walk(node))


def _catches_attribute(handler):
    if handler.type is None:
        return True
    text = ast.dump(handler.type)
    return any(f"'{name}'" in text for name in ("AttributeError", "Exception", "BaseException"))


def _is_super(node):
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"
