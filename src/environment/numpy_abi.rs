//! Which numpy a compiled module was built for, from the words that numpy's C headers leave in it.
//!
//! `import_array` of numpy 2's headers looks for `numpy._core._multiarray_umath` (and falls back to
//! the older name); that of numpy 1's headers knows only names below `numpy.core`. A module built for
//! numpy 2 runs under numpy 1, not the other way round.

use std::path::Path;

use super::files;

/// Largest compiled module that is read, in bytes.
const LARGEST: u64 = 64 << 20;

/// What a compiled module says about numpy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Built {
    /// It does not use numpy's C interface, or does not show it.
    Unsaid,
    /// With the headers of numpy 2, which also serve numpy 1.
    ForNumpy2,
    /// With those of numpy 1, by Cython, which compares the sizes of numpy's types first.
    Numpy1Cython,
    /// With those of numpy 1.
    Numpy1,
}

/// Reads a compiled module.
pub(super) fn built(file: &Path) -> Built {
    files::bounded(file, LARGEST).map_or(Built::Unsaid, |bytes| of_bytes(&bytes))
}

fn of_bytes(bytes: &[u8]) -> Built {
    let has = |word: &str| memchr::memmem::find(bytes, word.as_bytes()).is_some();
    if has("numpy._core._multiarray_umath") {
        return Built::ForNumpy2;
    }
    let imports_array = has("_ARRAY_API is NULL pointer")
        && has("numpy.core.multiarray failed to import")
        && (has("\0numpy.core._multiarray_umath\0") || has("\0numpy.core.multiarray\0"));
    if !imports_array {
        return Built::Unsaid;
    }
    let compares = ["size changed, may indicate", "\0flatiter\0", "\0dtype\0"];
    if has("__pyx_capi__") && compares.into_iter().all(has) {
        return Built::Numpy1Cython;
    }
    Built::Numpy1
}

impl Built {
    /// The exception and its message under numpy 2; `None` where the module works.
    pub fn refusal(self) -> Option<(&'static str, &'static str)> {
        match self {
            Built::Unsaid | Built::ForNumpy2 => None,
            // `PyArray_Descr` of 64-bit builds: 96 bytes in numpy 1, 88 of them public in numpy 2.
            Built::Numpy1Cython => Some((
                "ValueError",
                "numpy.dtype size changed, may indicate binary incompatibility. \
                 Expected 96 from C header, got 88 from PyObject",
            )),
            Built::Numpy1 => Some(("ImportError", "numpy.core.multiarray failed to import")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "\0_ARRAY_API is NULL pointer\0numpy.core._multiarray_umath\0\
        numpy.core.multiarray failed to import\0";

    #[test]
    fn the_names_that_import_array_looks_for_tell_the_headers() {
        assert_eq!(of_bytes(b"\0PyInit__tree\0"), Built::Unsaid);
        assert_eq!(of_bytes(OLD.as_bytes()), Built::Numpy1);
        let cython =
            format!("{OLD}__pyx_capi__\0flatiter\0dtype\0%s size changed, may indicate binary\0");
        assert_eq!(of_bytes(cython.as_bytes()), Built::Numpy1Cython);
        let newer = format!("{OLD}numpy._core._multiarray_umath\0");
        assert_eq!(of_bytes(newer.as_bytes()), Built::ForNumpy2);
    }
}
