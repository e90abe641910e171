//! What a key can mean, and what has the keys.

/// What a key can mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Id {
    /// Cursor one line down.
    Down,
    /// Cursor one line up.
    Up,
    /// Half a page down.
    HalfDown,
    /// Half a page up.
    HalfUp,
    /// A page down.
    PageDown,
    /// A page up.
    PageUp,
    /// To the first line.
    Top,
    /// To the last line.
    Bottom,
    /// From the list to the detail.
    Open,
    /// Take the artifact under the cursor.
    Pick,
    /// One step back.
    Back,
    /// Unfold or fold the line under the cursor.
    Fold,
    /// The face with this number, from 0.
    Face(usize),
    /// The next face.
    NextFace,
    /// The face before.
    PreviousFace,
    /// Swap list and detail.
    Swap,
    /// Type a filter.
    Filter,
    /// The filter is good as it is.
    Accept,
    /// The next artifact with a problem.
    NextProblem,
    /// The artifact with a problem before.
    PreviousProblem,
    /// The next artifact that is marked.
    NextMarked,
    /// The next artifact that belongs together with this one.
    NextRelated,
    /// Mark the artifact under the cursor, or take the mark away.
    Mark,
    /// Mark all that are listed, or none.
    MarkAll,
    /// Take all marks away.
    Unmark,
    /// The next sort order.
    Sort,
    /// Folders with their artifacts below, or one flat list.
    Group,
    /// Choose an environment.
    Environments,
    /// Show every artifact in every environment.
    Grid,
    /// The environment before, in the grid.
    Before,
    /// The next environment, in the grid.
    Next,
    /// Run a native trial.
    Trial,
    /// Run a native trial through the files that prepare the input.
    ChainTrial,
    /// Run a trial in the live environment.
    PythonTrial,
    /// Change the rows of the trial's input.
    Form,
    /// The next row of input.
    NextRow,
    /// The row of input before.
    PreviousRow,
    /// One more row of input.
    AddRow,
    /// One row of input less.
    RemoveRow,
    /// Say yes to it.
    Allow,
    /// Ask about a traceback.
    Explain,
    /// Copy the command of the fix, else the path.
    CopyBest,
    /// Copy the command of the fix.
    CopyFix,
    /// Copy the line that opens it in an environment made for it.
    CopyThrowAway,
    /// Copy the path, or the paths of all that are marked.
    CopyPath,
    /// Copy what was found out, as text.
    CopyFinding,
    /// Open the folder, or the manifest in an editor.
    Outside,
    /// Read again.
    Again,
    /// Walk and read again.
    Rescan,
    /// Watch the tree for changes, or do not any more.
    Watch,
    /// Show what could not be looked at.
    Troubles,
    /// Show the keys.
    Help,
    /// Draw everything anew.
    Repaint,
    /// Stop until the shell continues the program.
    Suspend,
    /// Leave.
    Quit,
    /// Stop the trial, else leave.
    Interrupt,
}

/// What has the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Context {
    /// The list of artifacts.
    List,
    /// The detail of one.
    Detail,
    /// The line where a filter is typed.
    Filter,
    /// The environment switcher.
    Environments,
    /// The grid of artifacts and environments.
    Grid,
    /// The question before a Python trial.
    Confirm,
    /// The list of keys.
    Help,
    /// The box where a traceback is pasted.
    Paste,
    /// The answer to a traceback.
    Explained,
    /// The list of what could not be looked at.
    Troubles,
    /// The rows of input.
    Form,
    /// One value of it being typed.
    Value,
}

impl Context {
    /// Every one.
    pub const ALL: [Context; 12] = [
        Context::List,
        Context::Detail,
        Context::Filter,
        Context::Environments,
        Context::Grid,
        Context::Confirm,
        Context::Help,
        Context::Paste,
        Context::Explained,
        Context::Troubles,
        Context::Form,
        Context::Value,
    ];

    /// Where that is, for people.
    pub fn word(self) -> &'static str {
        match self {
            Context::List => "in the list",
            Context::Detail => "in the detail",
            Context::Filter => "while a filter is typed",
            Context::Environments => "in the environment switcher",
            Context::Grid => "in the grid",
            Context::Confirm => "in the question before a trial",
            Context::Help => "in the list of keys",
            Context::Paste | Context::Explained => "in the box for tracebacks",
            Context::Troubles => "in the list of troubles",
            Context::Form | Context::Value => "in the rows of input",
        }
    }
}
