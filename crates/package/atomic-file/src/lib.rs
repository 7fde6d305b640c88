//! Replace a file durably: the old content or the new, never a part of either
