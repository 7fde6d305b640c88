//! HTTP downloads: parallel, resumable, retried, checked by digest, cached by digest
