//! Arrays of a skops archive: `.npy` members, object arrays in the schema, sparse matrices.

use serde_json::{Map, Value as Json};

use super::Trouble;
use super::build::Builder;
use super::value::text;
use crate::artifact::npy::header::{self as npy, Descr};
use crate::pickle::{Array, Construction, Data, Elements, Node, NodeId, Value, view};
use crate::source::zip::{Member, Zip};

/// Sides of an array; numpy allows 64.
const SIDES: usize = 64;

impl Builder<'_> {
    /// An `NdArrayNode`: an array, or a numpy scalar.
    pub(super) fn array(&mut self, state: &Map<String, Json>) -> Result<Node, Trouble> {
        let array = match text(state, "type")? {
            "json" => return self.objects(state),
            "numpy" => {
                let name = text(state, "file")?;
                let member = self.file(name)?;
                self.npy(self.archive, member)?
            }
            other => {
                return Err(Trouble::damaged(format!(
                    "schema.json has an array of type {}",
                    crate::text::short(other, 40)
                )));
            }
        };
        let class = text(state, "__class__")?;
        if class == "ndarray" {
            return Ok(array);
        }
        // A numpy scalar: the plain value serves every reader of graphs.
        let scalar = matches!(&array, Node::Array(array) if array.shape.is_empty());
        let id = self.push(array)?;
        if scalar && let Some(value) = self.first(id) {
            return Ok(value);
        }
        // A subclass of ndarray, made of the array.
        let args = self.tuple(vec![id])?;
        self.object(state, Construction::Reduce, args, Vec::new())
    }

    fn first(&self, array: NodeId) -> Option<Node> {
        let values = view(&self.graph, array)?.values(&self.graph).ok()?;
        Some(match values.into_iter().next()? {
            Value::None => Node::None,
            Value::Bool(value) => Node::Bool(value),
            Value::Int(value) => Node::Int(value),
            Value::Float(value) => Node::Float(value),
            Value::Text(value) => Node::Str(Data::Kept(value.into_bytes().into())),
            Value::Other(_) => return None,
        })
    }

    /// An array of objects: nested lists of nodes, with a shape beside them.
    fn objects(&mut self, state: &Map<String, Json>) -> Result<Node, Trouble> {
        let shape = self.member(state, "shape")?;
        let sides: Option<Vec<u64>> = self
            .graph
            .items(shape)
            .unwrap_or_default()
            .iter()
            .map(|side| u64::try_from(self.graph.int(*side)?).ok())
            .collect();
        let sides = sides
            .filter(|sides| sides.len() <= SIDES)
            .ok_or_else(|| Trouble::damaged("an array in schema.json has no usable shape"))?;
        let content = state.get("content").and_then(Json::as_array);
        let content = content.ok_or_else(|| Trouble::damaged("an array has no content"))?;
        let mut items = Vec::with_capacity(content.len());
        for item in content {
            items.push(self.node(item)?);
        }
        // Row-major: the lists of each further side one after the other.
        for _ in 1..sides.len() {
            let mut inner = Vec::new();
            for list in &items {
                inner.extend_from_slice(self.graph.items(*list).unwrap_or_default());
                if inner.len() as u64 > self.limits.links {
                    return Err(Trouble::budget("an array of objects is too large"));
                }
            }
            items = inner;
        }
        let count = sides.iter().try_fold(1_u64, |n, side| n.checked_mul(*side));
        if count != Some(items.len() as u64) {
            return Err(Trouble::damaged(
                "an array in schema.json has another shape than its items",
            ));
        }
        let list = self.push(Node::List(items))?;
        let dtype = self.dtype(&Descr::Plain("|O".into()))?;
        self.wrap(dtype, sides, false, Elements::Pickled(list))
    }

    /// The content of an `.npy` member.
    fn npy(&mut self, archive: &Zip, member: &Member) -> Result<Node, Trouble> {
        let trouble = |error| Trouble::member(&member.name, &error);
        let broken = |what: &str| {
            let name = crate::text::short(&member.name, 80);
            Trouble::damaged(format!("{what} of member {name} cannot be read"))
        };
        let head = archive.head(member, npy::LONGEST).map_err(trouble)?;
        let header = npy::header(&head).ok_or_else(|| broken("the array header"))?;
        if header.descr.objects() {
            return Err(broken("the object array"));
        }
        let size = header.descr.size().ok_or_else(|| broken("the dtype"))?;
        let len = header
            .shape
            .iter()
            .try_fold(size, |product, side| product.checked_mul(*side))
            .filter(|_| header.shape.len() <= SIDES)
            .ok_or_else(|| broken("the shape"))?;
        let data = if len > self.limits.keep {
            Data::Skipped {
                offset: member.offset,
                len,
            }
        } else {
            self.charge(len)?;
            let mut bytes = archive
                .head(member, header.start.saturating_add(len))
                .map_err(trouble)?;
            if (bytes.len() as u64) < header.start + len {
                return Err(Trouble::member(
                    &member.name,
                    &std::io::ErrorKind::UnexpectedEof.into(),
                ));
            }
            bytes.drain(..header.start as usize);
            Data::Kept(bytes.into())
        };
        let dtype = self.dtype(&header.descr)?;
        self.wrap(dtype, header.shape, header.fortran, Elements::Raw(data))
    }

    fn wrap(
        &mut self,
        dtype: NodeId,
        shape: Vec<u64>,
        fortran: bool,
        elements: Elements,
    ) -> Result<Node, Trouble> {
        let args = self.tuple(Vec::new())?;
        let wrapper = self.call("numpy", "ndarray", args)?;
        let wrapper = self.push(wrapper)?;
        Ok(Node::Array(Box::new(Array {
            dtype,
            shape,
            fortran,
            elements,
            wrapper,
        })))
    }

    fn dtype(&mut self, descr: &Descr) -> Result<NodeId, Trouble> {
        descr.nodes(&mut |node| self.push(node))
    }

    /// A `SparseMatrixNode`: an `.npz` of its own with the arrays that the class keeps.
    pub(super) fn sparse(&mut self, state: &Map<String, Json>) -> Result<Node, Trouble> {
        let name = text(state, "file")?;
        let member = self.file(name)?;
        let limit = match member.size {
            // Too large to keep: the class and the shape must do.
            size if size > self.limits.keep.max(1 << 20) => {
                let args = self.tuple(Vec::new())?;
                return self.object(state, Construction::NewObj, args, Vec::new());
            }
            size => size,
        };
        let bytes = self
            .archive
            .read(member, limit)
            .map_err(|error| Trouble::member(name, &error))?;
        self.charge(bytes.len() as u64)?;
        let inner = Zip::inside(bytes).map_err(|error| Trouble::member(name, &error))?;
        let mut pairs = Vec::new();
        for part in inner.members() {
            let Some(attribute) = part.name.strip_suffix(".npy") else {
                continue;
            };
            if !matches!(
                attribute,
                "data" | "indices" | "indptr" | "row" | "col" | "offsets" | "shape"
            ) {
                continue;
            }
            let array = self.npy(&inner, part)?;
            let array = self.push(array)?;
            let (key, value) = match attribute {
                "shape" => ("_shape", self.shape(array)?),
                other => (other, array),
            };
            pairs.push((self.string(key)?, value));
        }
        let attributes = self.push(Node::Dict(pairs))?;
        let args = self.tuple(Vec::new())?;
        self.object(state, Construction::NewObj, args, vec![attributes])
    }

    /// An integer array as a tuple of integers.
    fn shape(&mut self, array: NodeId) -> Result<NodeId, Trouble> {
        let sides = view(&self.graph, array)
            .and_then(|view| view.to_i64().ok())
            .map(|sides| sides.iter().copied().take(SIDES).collect::<Vec<_>>())
            .unwrap_or_default();
        let mut nodes = Vec::new();
        for side in sides {
            nodes.push(self.push(Node::Int(side))?);
        }
        self.tuple(nodes)
    }
}
