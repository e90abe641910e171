//! What is said to the worker and what it answers: JSON, one framed line a reply.

use serde::Deserialize;
use serde_json::{Value, json};

use super::LiveTrial;
use crate::artifact::Format;
use crate::trial::{TrialError, cells};

/// What every reply starts with; `assets/worker.py` has the same.
const MARKER: &[u8] = b"shelflife-trial-1 ";

/// One reply of the worker.
#[derive(Debug, Deserialize, PartialEq)]
#[serde(tag = "event", rename_all = "lowercase")]
pub(super) enum Reply {
    /// The launcher has put the layers on and becomes the interpreter. Whatever came after this
    /// may have been written by the model.
    Ready {},
    /// It runs.
    Hello { python: String },
    /// It starts on something: `import`, `load`, `input` or a method.
    Stage { stage: String },
    /// A Python warning, or a sentence of the worker.
    Warning { text: String },
    /// What one method returned.
    Output {
        method: String,
        columns: Vec<String>,
        rows: Vec<Vec<Value>>,
        flat: bool,
        #[serde(default)]
        class: String,
        #[serde(default)]
        dtype: Option<String>,
        #[serde(default)]
        shape: Option<Vec<u64>>,
        #[serde(default)]
        seconds: f64,
    },
    /// An exception; the class is empty when the worker itself has something to say.
    Raised {
        stage: String,
        exception: String,
        message: String,
        traceback: String,
    },
    /// Everything was tried; the most memory that it had, in bytes.
    End {
        #[serde(default)]
        peak_memory: Option<u64>,
    },
}

/// Says on standard output that the launcher's work is done.
pub(super) fn ready() -> Result<(), String> {
    let mut line = MARKER.to_vec();
    line.extend_from_slice(b"{\"event\": \"ready\"}\n");
    rustix::io::write(rustix::stdio::stdout(), &line)
        .map(drop)
        .map_err(|error| format!("the answer could not be written: {error}"))
}

/// The request, as the worker reads it from its scratch folder.
pub(super) fn request(trial: &LiveTrial) -> Result<Vec<u8>, TrialError> {
    let format = match trial.format {
        Format::Pickle => "pickle",
        Format::Joblib => "joblib",
        Format::Skops => "skops",
        Format::Onnx => "onnx",
        Format::Mlflow => "mlflow",
        _ => "",
    };
    let sample = trial.sample;
    let width = sample.columns.as_ref().map(Vec::len);
    let width = width.or_else(|| sample.rows.first().map(Vec::len));
    if let Some((row, cells)) = sample
        .rows
        .iter()
        .enumerate()
        .find(|(_, row)| Some(row.len()) != width)
    {
        return Err(TrialError::Sample(format!(
            "row {} of the sample has {} cells where {} are expected",
            row + 1,
            cells.len(),
            width.unwrap_or(0)
        )));
    }
    let rows: Vec<Vec<Value>> = sample
        .rows
        .iter()
        .map(|row| row.iter().map(cells::encode).collect())
        .collect();
    let request = json!({
        "format": format,
        "columns": sample.columns,
        "rows": rows,
        "texts": sample.texts,
        // Later than the limit that this side keeps: it only matters when this side is gone.
        "seconds": trial.time_limit.as_secs().saturating_add(5).min(1 << 24),
    });
    Ok(request.to_string().into_bytes())
}

/// The replies in what came over the pipe. Lines without the marker and a last line that was cut
/// are passed over.
pub(super) fn replies(bytes: &[u8]) -> Vec<Reply> {
    bytes
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice(line.strip_prefix(MARKER)?).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_between_replies_is_passed_over() {
        let bytes = b"loading...\nshelflife-trial-1 {\"event\": \"hello\", \"python\": \"3.12.1\"}\n\
            \x1b[31mred\nshelflife-trial-1 {\"event\": \"end\"}\nshelflife-trial-1 {\"event\": \"wa";
        let hello = Reply::Hello {
            python: "3.12.1".into(),
        };
        assert_eq!(replies(bytes), [hello, Reply::End { peak_memory: None }]);
    }
}
