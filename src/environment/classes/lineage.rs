//! A class with its bases in the order in which Python asks them (C3), as far as they are Python.

use std::sync::Arc;

use super::cache::Source;
use super::resolve::Resolved;
use super::tree::{Class, Expr, ExprId, Member};
use crate::environment::Environment;
use crate::environment::state::locked;

/// Longest chain of bases.
const DEEPEST: u32 = 40;

/// A class statement somewhere in the environment.
#[derive(Clone, Debug)]
pub struct ClassRef {
    /// The file.
    pub source: Arc<Source>,
    /// The class in it.
    pub id: u32,
}

/// A class and its bases, itself first.
#[derive(Clone, Debug, Default)]
pub struct Lineage {
    /// Those that are Python source, in the order of attribute lookup.
    pub classes: Vec<ClassRef>,
    /// Some base is compiled, missing or computed: it may have any attribute.
    pub opaque: bool,
    /// The same of the bases alone, whatever the class itself is decorated with.
    pub opaque_bases: bool,
    /// Names of builtin bases (`dict`, `ValueError`).
    pub builtin: Vec<Box<str>>,
}

impl ClassRef {
    /// The class statement.
    pub fn class(&self) -> &Class {
        &self.source.code.classes[self.id as usize]
    }

    /// Whether both are the same statement.
    pub fn is(&self, other: &ClassRef) -> bool {
        self.id == other.id && self.source.name == other.source.name
    }
}

impl Lineage {
    /// The first class at or behind `from` whose body binds `name`, with its position.
    pub fn member(&self, name: &str, from: usize) -> Option<(usize, &ClassRef, Member)> {
        let mut all = self.classes.iter().enumerate().skip(from);
        all.find_map(|(at, class)| Some((at, class, *class.class().members.get(name)?)))
    }
}

impl Environment {
    /// The lineage of a class.
    pub fn lineage(&self, class: &ClassRef) -> Arc<Lineage> {
        self.lineage_within(class, 0)
    }

    fn lineage_within(&self, class: &ClassRef, depth: u32) -> Arc<Lineage> {
        let key = (class.source.name.clone(), class.id);
        let cache = &self.state.code.lineages;
        if let Some(known) = locked(cache).get(&key) {
            return known.clone();
        }
        let made = Arc::new(self.linearised(class, depth));
        if depth == 0 {
            locked(cache).insert(key, made.clone());
        }
        made
    }

    fn linearised(&self, class: &ClassRef, depth: u32) -> Lineage {
        let mut made = Lineage {
            opaque: class.class().open || depth > DEEPEST,
            opaque_bases: depth > DEEPEST,
            ..Lineage::default()
        };
        if depth > DEEPEST {
            made.classes.push(class.clone());
            return made;
        }
        let mut chains: Vec<Vec<ClassRef>> = Vec::new();
        let mut direct: Vec<ClassRef> = Vec::new();
        let mut bases: Vec<ExprId> = class.class().bases.clone();
        let exprs = &class.source.code.exprs;
        // `six.with_metaclass(Meta, A, B)` stands for `A, B`.
        if let [only] = bases.as_slice()
            && let Expr::Call { callee, args, .. } = &exprs[*only as usize]
            && last_name(exprs, *callee) == Some("with_metaclass")
        {
            bases = args.iter().skip(1).map(|(_, base)| *base).collect();
        }
        for base in bases {
            match self.class_base(&class.source, base) {
                Base::Class(base) => {
                    let chain = self.lineage_within(&base, depth + 1);
                    made.opaque_bases |= chain.opaque;
                    made.builtin.extend(chain.builtin.iter().cloned());
                    chains.push(chain.classes.clone());
                    direct.push(base);
                }
                Base::Builtin(name) => {
                    made.opaque_bases |= !is_exception(&name);
                    made.builtin.push(name);
                }
                Base::Plain => {}
                Base::Opaque => made.opaque_bases = true,
            }
        }
        made.opaque |= made.opaque_bases;
        chains.push(direct);
        made.classes.push(class.clone());
        merge(chains, &mut made.classes);
        made
    }

    fn class_base(&self, source: &Arc<Source>, base: ExprId) -> Base {
        let exprs = &source.code.exprs;
        match &exprs[base as usize] {
            Expr::Subscript(value, _) => self.class_base(source, *value),
            Expr::Name(name) => match self.resolve(&source.name, name) {
                Resolved::Class(class) => Base::Class(class),
                Resolved::Unbound if **name == *"object" => Base::Plain,
                Resolved::Unbound => Base::Builtin(name.clone()),
                // Pure typing adds no attribute.
                _ if matches!(&**name, "Generic" | "Protocol" | "ABC") => Base::Plain,
                _ => Base::Opaque,
            },
            Expr::Attribute { value, attr, .. } => {
                if let Expr::Name(module) = &exprs[*value as usize]
                    && let Resolved::Module(module) = self.resolve(&source.name, module)
                    && let Resolved::Class(class) = self.resolve(&module, attr)
                {
                    return Base::Class(class);
                }
                match &**attr {
                    "Generic" | "Protocol" | "ABC" => Base::Plain,
                    _ => Base::Opaque,
                }
            }
            _ => Base::Opaque,
        }
    }
}

enum Base {
    Class(ClassRef),
    Builtin(Box<str>),
    Plain,
    Opaque,
}

/// Builtin exceptions have a few attributes that no model asks for.
fn is_exception(name: &str) -> bool {
    name.ends_with("Error") || name.ends_with("Exception") || name.ends_with("Warning")
}

fn last_name(exprs: &[Expr], id: ExprId) -> Option<&str> {
    match &exprs[id as usize] {
        Expr::Name(name) => Some(name),
        Expr::Attribute { attr, .. } => Some(attr),
        _ => None,
    }
}

/// The C3 merge. Chains that Python itself would refuse are taken in the order they come.
fn merge(mut chains: Vec<Vec<ClassRef>>, out: &mut Vec<ClassRef>) {
    for chain in &mut chains {
        chain.reverse();
    }
    loop {
        chains.retain(|chain| !chain.is_empty());
        let heads = chains.iter().filter_map(|chain| chain.last());
        let in_a_tail = |class: &ClassRef| {
            chains
                .iter()
                .any(|chain| chain[..chain.len() - 1].iter().any(|c| c.is(class)))
        };
        let mut heads = heads.cloned().collect::<Vec<_>>().into_iter();
        let first = heads.as_slice().first().cloned();
        let Some(next) = heads.find(|class| !in_a_tail(class)).or(first) else {
            return;
        };
        for chain in &mut chains {
            chain.retain(|class| !class.is(&next));
        }
        out.push(next);
    }
}
