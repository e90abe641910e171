//! The names that `torch.load` accepts with `weights_only=True`.
//!
//! Source: `_get_allowed_globals` in `torch/_weights_only_unpickler.py` of torch 2.6 and newer. Names that a
//! program adds with `add_safe_globals` are not known here.

/// Whether the careful unpickler resolves this name by itself.
pub(super) fn is_allowed(module: &str, name: &str) -> bool {
    match module {
        "torch" => is_allowed_in_torch(name),
        "torch.cuda" | "torch.sparse" | "torch.cuda.sparse" => {
            name.ends_with("Storage") || name.ends_with("Tensor")
        }
        "torch.storage" => matches!(name, "TypedStorage" | "UntypedStorage"),
        "torch._utils" => matches!(
            name,
            "_rebuild_parameter"
                | "_rebuild_parameter_with_state"
                | "_rebuild_qtensor"
                | "_rebuild_tensor"
                | "_rebuild_tensor_v2"
                | "_rebuild_tensor_v3"
                | "_rebuild_sparse_tensor"
                | "_rebuild_meta_tensor_no_storage"
                | "_rebuild_wrapper_subclass"
                | "_rebuild_device_tensor_from_numpy"
                | "_rebuild_device_tensor_from_cpu_tensor"
        ),
        "torch._tensor" => name == "_rebuild_from_type_v2",
        "torch.nn.parameter" => name == "Parameter",
        "torch.serialization" => name == "_get_layout",
        "collections" => matches!(name, "OrderedDict" | "Counter"),
        "_codecs" => name == "encode",
        "builtins" | "__builtin__" => matches!(name, "bytearray" | "set" | "complex"),
        _ => false,
    }
}

fn is_allowed_in_torch(name: &str) -> bool {
    // By their own names only: the aliases `float` and `long` are not in the list.
    const DTYPES: &[&str] = &[
        "bool",
        "bfloat16",
        "float16",
        "float32",
        "float64",
        "complex32",
        "complex64",
        "complex128",
        "quint8",
        "qint8",
        "qint32",
        "quint4x2",
        "quint2x4",
        "bits8",
        "bits16",
        "bits1x8",
        "bits2x4",
        "bits4x2",
    ];
    const SCHEMES: &[&str] = &[
        "per_tensor_affine",
        "per_tensor_symmetric",
        "per_channel_affine",
        "per_channel_symmetric",
        "per_channel_affine_float_qparams",
    ];
    matches!(name, "Size" | "Tensor" | "device")
        || DTYPES.contains(&name)
        || name.starts_with("float8_")
        || is_integer(name)
        || SCHEMES.contains(&name)
        || (name.starts_with(|c: char| c.is_ascii_uppercase())
            && (name.ends_with("Storage") || name.ends_with("Tensor")))
}

/// `int1` to `int8`, `int16`, `int32`, `int64`, and the same without a sign.
fn is_integer(name: &str) -> bool {
    let name = name.strip_prefix('u').unwrap_or(name);
    let bits = name.strip_prefix("int").and_then(|bits| bits.parse().ok());
    matches!(bits, Some(1..=8 | 16 | 32 | 64_u8))
}

#[cfg(test)]
mod tests {
    use super::is_allowed;

    #[test]
    fn weights_pass_and_everything_else_does_not() {
        for (module, name) in [
            ("torch", "FloatStorage"),
            ("torch._utils", "_rebuild_tensor_v2"),
            ("collections", "OrderedDict"),
            ("torch", "float8_e4m3fn"),
            ("torch", "uint4"),
            ("torch.cuda", "FloatStorage"),
        ] {
            assert!(is_allowed(module, name), "{module}.{name}");
        }
        for (module, name) in [
            ("numpy.core.multiarray", "scalar"),
            ("torch.nn.modules.linear", "Linear"),
            ("torch", "load"),
            ("torch", "float"),
            ("builtins", "eval"),
            ("torch", "os.FloatTensor"),
        ] {
            assert!(!is_allowed(module, name), "{module}.{name}");
        }
    }
}
