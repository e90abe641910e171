"""Counts over the rows of a check: the confusion table, recall and precision of each verdict, and the misses in groups.

A row is a dictionary: saved, loaded, file, kind, truth, predicted, exception, message, exception foretold, message
foretold, findings. Nothing here runs anything.
"""

import collections
import re

ORDER = ["ready", "differs", "fails-predict", "fails-load", "unreadable", "unknown", "missing"]
TRUTHS = ORDER[:4]


def summarise(rows):
    table = collections.Counter((row["predicted"], row["truth"]) for row in rows)
    print_table("predicted \\ truth", ORDER, TRUTHS, table)
    for verdict in reversed(TRUTHS):
        right = table[verdict, verdict]
        real = sum(table[predicted, verdict] for predicted in ORDER)
        told = sum(table[verdict, truth] for truth in TRUTHS)
        print(f"{verdict:14} recall {share(right, real):32} precision {share(right, told)}")
    raised = [row for row in rows if row["truth"].startswith("fails") and not row["exception"].startswith("signal")]
    foretold = [row for row in raised if row["predicted"] == row["truth"]]
    print(f"verdict right: {share(sum(row['predicted'] == row['truth'] for row in rows), len(rows))}")
    print(f"called ready and is not: {share(sum(row['predicted'] == 'ready' != row['truth'] for row in rows), len(rows))}")
    print(f"is ready and called worse: {share(sum(row['truth'] == 'ready' != row['predicted'] for row in rows), len(rows))}")
    for words, some in (("all", raised), ("foretold", foretold)):
        print(f"of {words} failures: exception class {share(sum(row['exception foretold'] for row in some), len(some))}, "
              f"message word for word {share(sum(row['message foretold'] for row in some), len(some))}")
    print()


def misses(rows):
    """Groups of rows that the verdict, the exception or the message is wrong in, biggest first: (what, rows)."""
    groups = collections.defaultdict(list)
    for row in rows:
        if row["predicted"] != row["truth"]:
            what = f"{row['truth']} <- {row['predicted']}"
        elif row["truth"].startswith("fails") and not row["message foretold"] and not row["exception"].startswith("signal"):
            what = f"{row['truth']}, other message" if row["exception foretold"] else f"{row['truth']}, other exception"
        else:
            continue
        told = alike(row["findings"].split(" | ")[0]) if row["findings"] else ""
        groups[what, row["exception"], alike(row["message"]), told].append(row)
    return sorted(groups.items(), key=lambda item: -len(item[1]))


def alike(message):
    """A message without what changes from model to model: numbers and the folders of environments."""
    message = re.sub(r"\(/[^)]*\)", "(…)", message)
    return re.sub(r"-?\d+(\.\d+)?(e[-+]?\d+)?", "#", normal(message))[:160]


def normal(message):
    """White space and the place of `__main__` do not count."""
    message = re.sub(r"<module '__main__'[^>]*>", "<module '__main__'>", message)
    return " ".join(message.split())


def print_misses(groups, limit):
    print("misses, most frequent first (truth <- predicted: how often, an example):")
    for (what, exception, message, told), members in groups[:limit]:
        first = members[0]
        print(f"  {what}: {len(members)} x  {first['saved']} in {first['loaded']}  {first['file']}")
        print(f"      {exception} {message}")
        if told:
            print(f"      said: {told}")


def misses_lines(groups, head):
    """The groups as a TSV: how often, what is wrong, what Python said, what was said instead, kinds, an example."""
    yield "# " + head
    yield "\t".join(["count", "miss", "exception", "message", "foretold", "kinds", "savers", "loaders", "example", "in"])
    for (what, exception, message, told), members in groups:
        first = members[0]
        yield "\t".join([str(len(members)), what, exception, message, told, names(members, "kind"), names(members, "saved"),
                         names(members, "loaded"), f"models/{first['saved']}/{first['file']}", first["loaded"]])


def names(members, column):
    return ",".join(sorted({row[column] for row in members}))


def share(count, total):
    return f"{count} of {total}" + (f" ({100 * count / total:.1f} %)" if total else "")


def print_table(corner, rows, columns, table):
    print(f"{corner:20}" + "".join(f"{name:>15}" for name in columns))
    for name in rows:
        if any(table[name, column] for column in columns):
            print(f"{name:20}" + "".join(f"{table[name, column]:15}" for column in columns))
    print()
