//! Why an evaluation ends before it has an answer.

use crate::text;
use crate::trial::TrialError;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Stop {
    /// We do not evaluate this estimator, or this configuration of it.
    Refused {
        /// Its class.
        class: String,
        /// Why, one clause.
        reason: String,
    },
    /// scikit-learn would raise.
    Raised {
        /// The exception class.
        exception: &'static str,
        /// The message.
        message: String,
    },
    /// The sample cannot be what the model was meant for.
    Sample(String),
    /// Somebody stopped it.
    Cancelled,
}

impl Stop {
    /// A `ValueError` of scikit-learn.
    pub fn value_error(message: impl Into<String>) -> Stop {
        Stop::Raised {
            exception: "ValueError",
            message: message.into(),
        }
    }

    /// A refusal; `class` may be a stranger's text.
    pub fn refused(class: &str, reason: impl Into<String>) -> Stop {
        Stop::Refused {
            class: text::short(class, 200),
            reason: text::short(&reason.into(), 400),
        }
    }

    /// The error for stops that leave nothing to show; `None` for what scikit-learn would raise.
    pub fn into_error(self) -> Result<TrialError, (&'static str, String)> {
        match self {
            Stop::Refused { class, reason } => Ok(TrialError::Refused { class, reason }),
            Stop::Sample(message) => Ok(TrialError::Sample(message)),
            Stop::Cancelled => Ok(TrialError::Unusable("the trial was stopped".into())),
            Stop::Raised { exception, message } => Err((exception, message)),
        }
    }
}
