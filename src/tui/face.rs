//! The halves of the screen and the faces of the detail.

/// The faces of the detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// What it needs against what is there.
    Needs,
    /// Its structure.
    Tree,
    /// The trial prediction.
    Trial,
    /// The file and what loading it would call.
    File,
}

/// Which half of the screen has the keys (and, on a narrow screen, is the one that is shown).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    /// The list.
    List,
    /// The detail.
    Detail,
}

impl Face {
    /// Every face, in the order of the number keys.
    pub const ALL: [Face; 4] = [Face::Needs, Face::Tree, Face::Trial, Face::File];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Face::Needs => "needs",
            Face::Tree => "tree",
            Face::Trial => "trial",
            Face::File => "file",
        }
    }

    /// The face `steps` further, round and round.
    pub fn turned(self, steps: usize) -> Face {
        let at = Face::ALL.iter().position(|face| *face == self).unwrap_or(0);
        Face::ALL[(at + steps) % Face::ALL.len()]
    }
}
