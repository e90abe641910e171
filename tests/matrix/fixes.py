"""Carry out the fixes that shelflife shows, and count how many make the model ready.

    python tests/matrix/fixes.py --shelflife BINARY [--count 100] [--seed 1] [--half seen|unseen|all]

Draws pairs of the matrix at random among those that `check` foretells to fail or to differ and shows a fix for. An
`uv pip install` is run on a copy of the environment, an `uv run` as it stands; then the model is loaded and asked as in
the matrix, and is fixed if its truth is `ready`. What a fix asks of people (bring a module, define a function) is done
from `local/`. A fix without a command that asks for anything else, such as saving again, is counted by itself.

Prints the share that ends in `ready`, and why the others do not, by cause; of the unseen half only the share, unless
`--look-at-unseen` is given. Every pair goes to `fixes-HALF-SEED.jsonl` beside the matrix; a second run goes on where the
first was stopped, `--again` starts anew. Needs what `run.py` made, `uv`, and the network for what uv does not have.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import random
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import environments
import figures
import halves
import run

FAILING = ["fails-load", "fails-predict", "differs"]
PATIENCE = 900  # seconds for one command: some releases are built from source


def candidates(options):
    """Every measured pair that a fix is shown for, in a fixed order; and how many are foretold to fail without one."""
    found = run.outcomes(options)
    pairs = sorted({(saved, loaded) for saved, loaded, _ in found})
    if options.pairs:
        pairs = sorted(random.Random(options.seed).sample(pairs, min(options.pairs, len(pairs))))
        found = {key: outcome for key, outcome in found.items() if key[:2] in set(pairs)}
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        asked = {pair: pool.submit(run.ask, options.shelflife, run.root() / "models" / pair[0], pair[1]) for pair in pairs}
    shown, without = [], collections.Counter()
    for saved, loaded, name in sorted(found):
        answer = asked[saved, loaded].result().get(name)
        unseen = halves.is_unseen(name.split(".")[0])
        if not answer or answer["verdict"] not in FAILING or options.half not in ("all", "unseen" if unseen else "seen"):
            continue
        if not answer["fix"]:
            without[answer["verdict"]] += 1
            continue
        shown.append({"saved": saved, "loaded": loaded, "file": name, "verdict": answer["verdict"],
                      "before": run.verdict_of(found[saved, loaded, name]), "command": answer["fix"]["command"],
                      "explanation": answer["fix"]["explanation"]})
    return shown, without


# ---- carrying out ---------------------------------------------------------------------------------------------------

def carry_out(number, drawn, work):
    """All drawn pairs of one command, and of one environment if it changes that; adds `after` to each."""
    folder = work / str(number)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        python, failure = prepared(drawn[0], folder)
        for pair, outcome in zip(drawn, [failure] * len(drawn) if failure else loaded(python, drawn, folder)):
            pair["after"] = outcome
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return drawn


def prepared(pair, folder):
    """The words that start Python with the fix carried out; or what went wrong, as an outcome."""
    if throws_away(pair):
        python = starting(pair["command"])
        done = shell(python + " -c 'import sys'", folder)
        return python, failed(done)
    if not pair["command"]:
        return quoted(environments.python_of(pair["loaded"])), None
    original, copy = environments.root() / pair["loaded"], folder / "environment"
    # Linked files: uv replaces what it changes, it never writes into a file that is there.
    subprocess.run(["cp", "-al", original, copy], check=True)
    done = shell(pair["command"].replace(str(original), str(copy)), folder)
    return quoted(copy / "bin" / "python"), failed(done)


def throws_away(pair):
    return "uv run" in pair["command"]


def starting(command):
    """The words of a throw-away line that start its Python, without what it opens there."""
    words = shlex.split(command)
    words = words[:words.index("python") + 1]
    # What goes before the program is set for it: PYTHONPATH=folder.
    first = words.index("uv")
    return " ".join([name + "=" + shlex.quote(value) for name, value in (word.split("=", 1) for word in words[:first])]
                    + [shlex.quote(word) for word in words[first:]])


def failed(done):
    """What a command's end amounts to: nothing if it went well. A Python that cannot be had here proves nothing."""
    if done.returncode == 0:
        return None
    if "python-build-standalone" in done.stderr or "No interpreter found" in done.stderr:
        return {"truth": "not carried out", "exception": "", "message": "the Python it names cannot be had here"}
    return {"truth": "command fails", "exception": "", "message": " ".join(done.stderr.split())[-600:]}


def loaded(python, drawn, folder):
    """What loading and asking each model says now."""
    outcomes = {}
    for by_hand in (False, True):
        some = [pair for pair in drawn if asks_people(pair) == by_hand]
        if not some:
            continue
        jobs, results = folder / "jobs", folder / "results"
        jobs.write_text("".join(json.dumps(job_of(pair)) + "\n" for pair in some))
        arguments = [run.HERE / "load_worker.py", jobs, results]
        more = [run.HERE / "local" / "defined_by_hand.py"] if by_hand else []
        done = shell(" ".join([python, *map(quoted, arguments + more)]), folder, by_hand)
        told = {outcome["path"]: outcome for outcome in run.lines(results)}
        outcomes.update({path_of(pair): told.get(path_of(pair)) or failed(done) for pair in some})
    return [outcomes[path_of(pair)] for pair in drawn]


def path_of(pair):
    return str(run.root() / "models" / pair["saved"] / pair["file"])


def job_of(pair):
    note = next(note for note in run.lines(run.answers_of(pair["saved"])) if note["path"] == pair["file"])
    # Each in a child of its own, with nothing imported that the model does not ask for.
    return {**note, "path": path_of(pair), "modules": None}


def asks_people(pair):
    return any(words in pair["explanation"] for words in ("bring the module", "define "))


def shell(command, folder, by_hand=False):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV", "SHELFLIFE"))}
    surroundings = {**kept, **run.CLEAN, "PATH": PYTHONS + os.pathsep + os.environ["PATH"]}
    del surroundings["PYTHONDONTWRITEBYTECODE"]  # what is started again and again starts faster compiled
    if by_hand:
        surroundings["PYTHONPATH"] = str(run.HERE / "local")
    try:
        return subprocess.run(["sh", "-c", command], cwd=folder, env=surroundings, capture_output=True, text=True,
                              timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, "", f"stopped after {PATIENCE} s")


def quoted(path):
    return "'" + str(path) + "'"


def folders_of_pythons():
    """The folders of the interpreters there are, so that uv finds the Python a command names."""
    folders = []
    for minor in range(6, 15):
        try:
            folders.append(str(Path(environments.find_python(f"3.{minor}")).parent))
        except SystemExit:
            pass
    return os.pathsep.join(dict.fromkeys(folders))


# ---- counting -------------------------------------------------------------------------------------------------------

def kind_of_fix(pair):
    if not pair["command"]:
        return "by hand" if asks_people(pair) else "no command"
    return "uv run" if throws_away(pair) else "uv pip install"


def report(pairs, without, details):
    ready = [pair for pair in pairs if pair["after"]["truth"] == "ready"]
    print(f"\nfixes that end in ready: {figures.share(len(ready), len(pairs))}")
    for title, key in (("fix", kind_of_fix), ("foretold", lambda pair: pair["verdict"]), ("truth before", lambda pair: pair["before"])):
        for name in sorted({key(pair) for pair in pairs}):
            some = [pair for pair in pairs if key(pair) == name]
            print(f"  {title} {name}: {figures.share(sum(pair in ready for pair in some), len(some))}")
    print("foretold to fail without a fix shown:", ", ".join(f"{name} {n}" for name, n in without.items()) or "none")
    if not details:
        return
    groups = collections.defaultdict(list)
    for pair in pairs:
        after = pair["after"]
        if after["truth"] != "ready":
            message = after.get("message", after.get("difference", after.get("signal", "")))
            groups[after["truth"], after.get("exception", ""), figures.alike(str(message))].append(pair)
    print("\nwhy the others do not, most frequent first:")
    for (truth, exception, message), members in sorted(groups.items(), key=lambda item: -len(item[1])):
        print(f"  {len(members)} x after the fix: {truth} {exception} {message}")
        for pair in members[:4]:
            print(f"      {pair['saved']} in {pair['loaded']}  {pair['file']} ({pair['verdict']})")
            print(f"          {pair['command'] or pair['explanation']}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shelflife", required=True, help="the program to ask")
    parser.add_argument("--count", type=int, default=100, help="how many fixes to draw")
    parser.add_argument("--seed", type=int, default=1, help="of the draw")
    parser.add_argument("--pairs", type=int, help="draw from so many pairs of environments, drawn first; asking all takes minutes")
    parser.add_argument("--half", choices=["seen", "unseen", "all"], default="seen", help="where to draw from")
    parser.add_argument("--saved", help="only models of these environments, separated by commas")
    parser.add_argument("--look-at-unseen", action="store_true", help="print causes of the unseen half, too")
    parser.add_argument("--jobs", type=int, default=2, help="how many processes at once")
    parser.add_argument("--again", action="store_true", help="carry out again what was")
    options = parser.parse_args()
    options.saved, options.loaded = options.saved.split(",") if options.saved else run.saving(), run.LOADED
    shown, without = candidates(options)
    drawn = random.Random(options.seed).sample(shown, min(options.count, len(shown)))
    print(f"{len(drawn)} of {len(shown)} shown fixes", flush=True)
    record = run.root() / f"fixes-{options.half}-{options.seed}.jsonl"
    if options.again:
        record.unlink(missing_ok=True)
    done = [pair for pair in run.lines(record) if any(same(pair, other) for other in drawn)]
    groups = collections.defaultdict(list)
    for pair in drawn:
        if not any(same(pair, other) for other in done):
            alone = throws_away(pair)
            groups[None if alone else pair["loaded"], starting(pair["command"]) if alone else pair["command"]].append(pair)
    work = run.root() / "fixes"
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        futures = [pool.submit(carry_out, number, pairs, work) for number, pairs in enumerate(groups.values())]
        for future in concurrent.futures.as_completed(futures):
            done += future.result()
            with open(record, "a") as out:
                out.writelines(json.dumps(pair) + "\n" for pair in future.result())
            print(f"{len(done)} carried out", flush=True)
    shutil.rmtree(work, ignore_errors=True)
    report(done, without, options.half == "seen" or options.look_at_unseen)
    sys.exit(0)


def same(one, other):
    return all(one[key] == other[key] for key in ("saved", "loaded", "file", "command"))


PYTHONS = folders_of_pythons()

if __name__ == "__main__":
    main()
