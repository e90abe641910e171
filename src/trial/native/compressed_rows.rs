//! Sparse matrices of scipy in compressed rows, read from the graph. Other layouts are not read.

use ndarray::Array2;

use super::sparse::Csr;
use crate::pickle::{Graph, NodeId, view};

/// The largest matrix that is written out.
const CELLS: usize = 4_000_000;

/// The matrix at `node`, when it is one in compressed rows.
pub fn read(graph: &Graph, node: NodeId) -> Option<Csr> {
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
    let fits = starts.len() == rows.checked_add(1)?
        && starts.first() == Some(&0)
        && starts.is_sorted()
        && starts.last().is_some_and(|last| *last <= places.len())
        && data.len() == places.len()
        && places.iter().all(|place| *place < columns);
    if !fits || !graph.effort().spend(data.len() + rows) {
        return None;
    }
    let mut csr = Csr::new(columns);
    for bounds in starts.windows(2) {
        let own = bounds[0]..bounds[1];
        let places = places[own.clone()].iter().copied();
        csr.push(places.zip(data[own].iter().copied()).collect());
    }
    Some(csr)
}

/// The matrix at `node` with all its zeros, when it is one in compressed rows and not too large.
pub fn dense(graph: &Graph, node: NodeId) -> Option<Array2<f64>> {
    let csr = read(graph, node)?;
    // Few bytes can claim to be many cells.
    let cells = csr.n_rows().checked_mul(csr.width)?;
    (cells <= CELLS && graph.effort().spend(cells)).then(|| csr.dense())
}
