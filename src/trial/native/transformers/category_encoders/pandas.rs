//! The fitted tables that `category_encoders` keeps: pandas' `Series` and `DataFrame` of numbers, read
//! from what their pickles hold. Only what is needed for looking values up by label.

use crate::pickle::{Graph, Node, NodeId, Value, value, view};
use crate::trial::Cell;
use crate::trial::native::frame::value_cell;

/// Numbers by label.
pub struct Table {
    /// One label a row.
    pub index: Vec<Cell>,
    /// The names of the columns; none for a series.
    pub names: Vec<Cell>,
    /// Row × column.
    pub columns: Vec<Vec<f64>>,
}

/// The series at `node`: one column.
pub fn series(graph: &Graph, node: NodeId) -> Option<Table> {
    let (axes, blocks) = parts(graph, node, "Series")?;
    let ([index], [(values, _)]) = (&axes[..], &blocks[..]) else {
        return None;
    };
    let index = labels(graph, *index)?;
    let array = view(graph, *values).filter(|array| array.shape == [index.len()])?;
    Some(Table {
        index,
        names: Vec::new(),
        columns: vec![array.to_f64().ok()?.into_iter().collect()],
    })
}

/// The data frame at `node`.
pub fn frame(graph: &Graph, node: NodeId) -> Option<Table> {
    let (axes, blocks) = parts(graph, node, "DataFrame")?;
    let [names, index] = axes[..] else {
        return None;
    };
    let (names, index) = (labels(graph, names)?, labels(graph, index)?);
    let mut columns: Vec<Option<Vec<f64>>> = vec![None; names.len()];
    for (values, places) in blocks {
        let places = places_of(graph, places, names.len())?;
        let array = view(graph, values).filter(|a| a.shape == [places.len(), index.len()])?;
        let matrix = array.to_f64().ok()?.into_dimensionality::<ndarray::Ix2>();
        for (place, row) in places.into_iter().zip(matrix.ok()?.rows()) {
            *columns.get_mut(place)? = Some(row.to_vec());
        }
    }
    Some(Table {
        index,
        names,
        columns: columns.into_iter().collect::<Option<_>>()?,
    })
}

impl Table {
    /// The column called `name`.
    pub fn column(&self, name: &str) -> Option<&[f64]> {
        let named = |cell: &Cell| matches!(cell, Cell::Text(text) if text == name);
        let place = self.names.iter().position(named)?;
        self.columns.get(place).map(Vec::as_slice)
    }
}

type Parts = (Vec<NodeId>, Vec<(NodeId, NodeId)>);

/// The axes of a series or frame, and its blocks: values and the columns that they are.
fn parts(graph: &Graph, node: NodeId, class: &str) -> Option<Parts> {
    let own = graph.class(node)?;
    (&*own.name == class && own.module.starts_with("pandas")).then_some(())?;
    let manager = graph
        .attribute(node, "_mgr")
        .or_else(|| graph.attribute(node, "_data"))?;
    let object = graph.object(manager)?;
    if let Some(state) = object.state.iter().next() {
        // The form that any release since 0.14.1 reads.
        let whole = *graph.items(*state)?.get(3)?;
        let whole = graph.get(whole, "0.14.1")?;
        let axes = graph.items(graph.get(whole, "axes")?)?.to_vec();
        let blocks = graph.items(graph.get(whole, "blocks")?)?;
        let block =
            |node: &NodeId| Some((graph.get(*node, "values")?, graph.get(*node, "mgr_locs")?));
        let blocks = blocks.iter().map(block).collect::<Option<_>>()?;
        return Some((axes, blocks));
    }
    let [blocks, axes] = graph.items(object.args)? else {
        return None;
    };
    let block = |node: &NodeId| {
        let args = graph.items(graph.object(*node)?.args)?;
        Some((*args.first()?, *args.get(1)?))
    };
    let blocks = graph.items(*blocks)?.iter().map(block);
    Some((graph.items(*axes)?.to_vec(), blocks.collect::<Option<_>>()?))
}

/// The labels of an index of texts or numbers.
fn labels(graph: &Graph, node: NodeId) -> Option<Vec<Cell>> {
    let [class, pieces] = graph.items(graph.object(node)?.args)? else {
        return None;
    };
    match &*graph.global(*class)?.name {
        "Index" | "Int64Index" | "Float64Index" | "UInt64Index" => {}
        "RangeIndex" => {
            let bound = |key: &str| graph.int(graph.get(*pieces, key)?);
            let (start, stop) = (bound("start")?, bound("stop")?);
            let step = usize::try_from(bound("step")?)
                .ok()
                .filter(|step| *step > 0)?;
            // As many labels as a crafted range asks for would fill the memory.
            (stop.saturating_sub(start) <= 1_000_000).then_some(())?;
            return Some((start..stop).step_by(step).map(Cell::Int).collect());
        }
        _ => return None,
    }
    let data = graph.get(*pieces, "data")?;
    let array = view(graph, data).or_else(|| {
        // An array of texts keeps the plain array in its state.
        let object = graph.object(data)?;
        let state = graph.items(*object.state.iter().next()?)?;
        state.iter().find_map(|part| view(graph, *part))
    })?;
    let values = array.values(graph).ok()?;
    values.iter().map(value_cell).collect()
}

/// The columns of a block: a slice or an array of places.
fn places_of(graph: &Graph, node: NodeId, width: usize) -> Option<Vec<usize>> {
    let below = |place: i64| usize::try_from(place).ok().filter(|place| *place < width);
    if let Node::Object(object) = graph.node(node)
        && graph
            .class(node)
            .is_some_and(|class| &*class.name == "slice")
    {
        let bounds = graph.items(object.args)?;
        let bound = |at: usize| bounds.get(at).map(|node| value(graph, *node));
        let (Some(Value::Int(start)), Some(Value::Int(stop))) = (bound(0), bound(1)) else {
            return None;
        };
        let step = match bound(2) {
            Some(Value::Int(step)) => usize::try_from(step).ok().filter(|step| *step > 0)?,
            Some(Value::None) => 1,
            _ => return None,
        };
        let (start, stop) = (below(start)?, usize::try_from(stop).ok()?.min(width));
        return Some((start..stop).step_by(step).collect());
    }
    let places = view(graph, node)?.to_i64().ok()?;
    places.iter().map(|place| below(*place)).collect()
}
