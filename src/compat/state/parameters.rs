//! The parameters of an object's constructor, as `get_params` of scikit-learn reads them.

use std::collections::BTreeSet;

use super::machine::Machine;
use super::value::Value;
use crate::environment::classes::tree::{Expr, Member};
use crate::environment::classes::{ClassRef, Lineage};
use crate::pickle::NodeId;

impl Machine<'_> {
    /// The names that the constructor takes, sorted. A library whose `get_params` climbs to the bases
    /// of the class reads what their constructors take, too.
    pub(super) fn parameters(&mut self, object: NodeId) -> Value {
        let Some(lineage) = self.lineage(object).filter(|lineage| !lineage.opaque) else {
            return Value::Unknown;
        };
        let climbs = climbs(&lineage);
        let mut names: BTreeSet<&str> = BTreeSet::new();
        let constructors = lineage.classes.iter().filter_map(|class| {
            let member = class.class().members.get("__init__")?;
            Some((class, *member))
        });
        for (class, member) in constructors {
            let Member::Function(id) = member else {
                return Value::Unknown;
            };
            let function = &class.source.code.functions[id as usize];
            let taken = function.args.iter().skip(1).chain(&function.kwonly);
            names.extend(taken.map(|parameter| &*parameter.name));
            if !climbs || function.kwarg.is_none() {
                break;
            }
        }
        Value::sequence(names.into_iter().map(Value::str).collect())
    }
}

/// Whether `get_params` of the class itself looks at `__bases__`.
fn climbs(lineage: &Lineage) -> bool {
    let own = |class: &ClassRef| {
        let names =
            |expr: &Expr| matches!(expr, Expr::Attribute { attr, .. } if **attr == *"__bases__");
        class.source.code.exprs.iter().any(names)
    };
    let definer = lineage.member("get_params", 0);
    definer.is_some_and(|(_, class, _)| own(class))
}
