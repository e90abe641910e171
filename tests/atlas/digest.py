"""Digests of code: the same syntax tree without comments, docstrings, annotations and the words of errors is the same
number."""

import ast
import hashlib


def dotted_name(node):
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted_name(node.value)
        return before and f"{before}.{node.attr}"
    return None


class Plain(ast.NodeTransformer):
    """Without docstrings, annotations and the words of errors and warnings."""

    def visit_FunctionDef(self, node):
        self.generic_visit(node)
        node.returns = None
        node.body = self.without_docstring(node.body)
        return node

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node):
        self.generic_visit(node)
        node.body = self.without_docstring(node.body)
        return node

    @staticmethod
    def without_docstring(body):
        first = body[0] if body else None
        is_text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
        return body[1:] if is_text and isinstance(first.value.value, str) else body

    def visit_arg(self, node):
        node.annotation = None
        return node

    def visit_AnnAssign(self, node):
        self.generic_visit(node)
        node.annotation = ast.Name("annotation", ast.Load())
        return node

    def visit_Raise(self, node):
        self.generic_visit(node)
        if isinstance(node.exc, ast.Call):
            node.exc.args, node.exc.keywords = [], []
        return node

    def visit_Expr(self, node):
        if isinstance(node.value, ast.Call) and dotted_name(node.value.func) in ("warnings.warn", "warn"):
            node.value.args, node.value.keywords = [], []
            return node
        return self.generic_visit(node)

    def visit_Constant(self, node):
        # `u"…"` is the same string.
        node.kind = None
        return node


def dump(node):
    return ast.dump(Plain().visit(node), annotate_fields=False)


def digest_of(text):
    return hashlib.sha1(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
