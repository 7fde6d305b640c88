"""Configure the network of a host: the functions of Photon's Python module, over the same code as netmgr."""

from ._netmgr import *  # noqa: F403
from ._netmgr import __all__  # noqa: F401
