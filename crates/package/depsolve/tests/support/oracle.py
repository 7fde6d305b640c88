"""Answers problems with libsolv: one JSON document per line in, one per line out.

The flags are those of the original tdnf (client/goal.c), except that downgrades have to be asked for and that
not everything that obsoletes a package has to come at once (YUM_OBSOLETES).
"""

import json
import sys

import solv

KINDS = {
    "requires": solv.SOLVABLE_REQUIRES,
    "provides": solv.SOLVABLE_PROVIDES,
    "conflicts": solv.SOLVABLE_CONFLICTS,
    "obsoletes": solv.SOLVABLE_OBSOLETES,
    "recommends": solv.SOLVABLE_RECOMMENDS,
    "suggests": solv.SOLVABLE_SUGGESTS,
    "supplements": solv.SOLVABLE_SUPPLEMENTS,
    "enhances": solv.SOLVABLE_ENHANCES,
}
SENSES = {
    "<": solv.REL_LT,
    "<=": solv.REL_LT | solv.REL_EQ,
    "=": solv.REL_EQ,
    ">=": solv.REL_GT | solv.REL_EQ,
    ">": solv.REL_GT,
}
VERBS = {
    "install": solv.Job.SOLVER_INSTALL,
    "erase": solv.Job.SOLVER_ERASE,
    "upgrade": solv.Job.SOLVER_UPDATE,
    "sync": solv.Job.SOLVER_DISTUPGRADE,
}


def dependency(pool, text):
    if text.startswith("("):
        return pool.parserpmrichdep(text)
    words = text.split(" ")
    dep = pool.Dep(words[0])
    return dep.Rel(SENSES[words[1]], pool.Dep(words[2])) if len(words) == 3 else dep


def version(package):
    return int(package["evr"].split("-")[0])


def older(problem):
    """Packages that `rpm -U` would refuse: something newer of their name is installed. libsolv would take them when
    something obsoletes that at the same time, or insist that one that obsoletes something is the best."""
    if problem["allow_erasing"] or any(verb == "sync" for verb, _ in problem["jobs"]):
        return []
    installed = [one for one in problem["packages"] if one["repo"] == "system"]
    newest = {one["name"]: version(one) for one in installed if one["name"] not in problem["installonly"]}
    return [one for one in problem["packages"] if version(one) < newest.get(one["name"], 0)]


def fill(pool, problem):
    """Adds all packages; returns those that must not be installed."""
    repos = {}
    for name, priority in problem["repos"].items():
        repos[name] = pool.add_repo(name)
        repos[name].priority = -priority
    pool.installed = repos["system"]
    forbidden, refused = [], older(problem)
    for package in problem["packages"]:
        # libsolv refuses whatever would prefer a disabled package; excluded means: as if it were not there.
        if package["excluded"]:
            continue
        solvable = repos[package["repo"]].add_solvable()
        solvable.name, solvable.evr, solvable.arch = package["name"], package["evr"], package["arch"]
        if package in refused:
            package["relations"].pop("obsoletes", None)
            forbidden.append(solvable)
        for kind, relations in package["relations"].items():
            for text in relations:
                solvable.add_deparray(KINDS[kind], dependency(pool, text))
    pool.addfileprovides()
    pool.createwhatprovides()
    return forbidden


def newest(pool, solvables):
    best = []
    for one in solvables:
        if not best or one.evrcmp(best[0]) > 0:
            best = [one]
    return best


def candidates(pool, problem, name):
    """As the original does: packages of the name, and for an installonly name only what
    is newer than the installed ones, if anything is. A locked name has only what is installed."""
    named = [one for one in pool.solvables if one.name == name]
    if name in problem["installonly"] and name not in problem["locked"]:
        installed = newest(pool, [one for one in named if one.isinstalled()])
        newer = [one for one in named if installed and one.installable() and one.evrcmp(installed[0]) > 0]
        named = newer or named
    return pool.towhatprovides([one.id for one in named if one.isinstalled() or one.installable()])


def jobs(pool, problem, forbidden):
    extra = solv.Job.SOLVER_FORCEBEST if problem["best"] else 0
    found = []
    for verb, what in problem["jobs"]:
        if verb == "install":
            one_of = VERBS[verb] | solv.Job.SOLVER_SOLVABLE_ONE_OF
            found.append(pool.Job(one_of | extra, candidates(pool, problem, what)))
        elif what:
            selector = solv.Job.SOLVER_SOLVABLE_NAME
            found.append(pool.Job(VERBS[verb] | selector | extra, pool.str2id(what)))
        else:
            found.append(pool.Job(VERBS[verb] | solv.Job.SOLVER_SOLVABLE_ALL | extra, 0))
    for flag, names in ((solv.Job.SOLVER_MULTIVERSION, "installonly"), (solv.Job.SOLVER_LOCK, "locked")):
        for name in problem[names]:
            found.append(pool.Job(flag | solv.Job.SOLVER_SOLVABLE_NAME, pool.str2id(name)))
    for solvable in forbidden:
        found.append(pool.Job(solv.Job.SOLVER_ERASE | solv.Job.SOLVER_SOLVABLE, solvable.id))
    return found


def answer(problem):
    pool = solv.Pool()
    pool.setdisttype(solv.Pool.DISTTYPE_RPM)
    pool.setarch("x86_64")
    forbidden = fill(pool, problem)
    solver = pool.Solver()
    for flag in ("KEEP_ORPHANS", "ALLOW_VENDORCHANGE", "BEST_OBEY_POLICY", "INSTALL_ALSO_UPDATES"):
        solver.set_flag(getattr(solv.Solver, "SOLVER_FLAG_" + flag), 1)
    solver.set_flag(solv.Solver.SOLVER_FLAG_ALLOW_UNINSTALL, int(problem["allow_erasing"]))
    solver.set_flag(solv.Solver.SOLVER_FLAG_IGNORE_RECOMMENDED, int(not problem["weak"]))
    wanted = jobs(pool, problem, forbidden)
    if any(job.what <= 1 for job in wanted if job.how & solv.Job.SOLVER_SELECTMASK == solv.Job.SOLVER_SOLVABLE_ONE_OF):
        return {"installed": None, "problems": ["nothing matches"]}
    problems = solver.solve(wanted)
    if problems:
        return {"installed": None, "problems": [str(one) for one in problems]}
    transaction = solver.transaction()
    # Without changes the lists are empty: everything stays.
    after = transaction.newsolvables() + transaction.keptsolvables()
    if transaction.isempty():
        after = pool.installed.solvables
    return {"installed": sorted(str(one) for one in after), "problems": []}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
