"""Says for each package named on standard input whether libsolv can install it into an empty root.

Usage: oracle.py PRIMARY FILELISTS ARCH; prints one line "NAME 0|1" each.
"""

import sys

import solv

primary, filelists, arch = sys.argv[1:4]
pool = solv.Pool()
pool.setdisttype(solv.Pool.DISTTYPE_RPM)
pool.setarch(arch)
repo = pool.add_repo("repository")
repo.add_rpmmd(solv.xfopen(primary), None)
repo.add_rpmmd(solv.xfopen(filelists), "FL", solv.Repo.REPO_EXTEND_SOLVABLES)
pool.addfileprovides()
pool.createwhatprovides()
for name in sys.stdin.read().split():
    solver = pool.Solver()
    solver.set_flag(solv.Solver.SOLVER_FLAG_IGNORE_RECOMMENDED, 1)
    job = pool.Job(solv.Job.SOLVER_INSTALL | solv.Job.SOLVER_SOLVABLE_NAME, pool.str2id(name))
    print(name, 0 if solver.solve([job]) else 1)
