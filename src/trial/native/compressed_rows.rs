//! Sparse matrices of scipy, in compressed rows, as dense ones. Other layouts are not read.

use ndarray::Array2;

use crate::pickle::{Graph, NodeId, view};

/// The largest matrix that is written out.
const CELLS: usize = 4_000_000;

/// The matrix at `node`, when it is one in compressed rows and not too large.
pub fn dense(graph: &Graph, node: NodeId) -> Option<Array2<f64>> {
    let class = graph.class(node)?;
    let known = matches!(&*class.name, "csr_matrix" | "csr_array");
    if !known || !class.module.starts_with("scipy.sparse") {
        return None;
    }
    let integers = |key: &str| -> Option<Vec<usize>> {
        let array = view(graph, graph.attribute(node, key)?)?.to_i64().ok()?;
        array.iter().map(|n| usize::try_from(*n).ok()).collect()
    };
    let shape = graph.items(graph.attribute(node, "_shape")?)?;
    let [rows, columns] = shape else { return None };
    let rows = usize::try_from(graph.int(*rows)?).ok()?;
    let columns = usize::try_from(graph.int(*columns)?).ok()?;
    let starts = integers("indptr")?;
    let places = integers("indices")?;
    let data = view(graph, graph.attribute(node, "data")?)?.to_f64().ok()?;
    let data: Vec<f64> = data.into_iter().collect();
    // Few bytes can claim to be many cells.
    let cells = rows.checked_mul(columns).filter(|cells| *cells <= CELLS)?;
    let fits = starts.len() == rows.checked_add(1)?
        && starts.first() == Some(&0)
        && starts.is_sorted()
        && starts.last().is_some_and(|last| *last <= places.len())
        && data.len() == places.len();
    if !fits || !graph.effort().spend(cells + data.len() + rows) {
        return None;
    }
    let mut out = Array2::zeros((rows, columns));
    for (row, bounds) in starts.windows(2).enumerate() {
        let own = bounds[0]..bounds[1];
        for (place, number) in places[own.clone()].iter().zip(&data[own]) {
            *out.get_mut([row, *place])? += number;
        }
    }
    Some(out)
}
