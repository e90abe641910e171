//! Small systems of linear equations.

use ndarray::{Array2, Axis};

use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::stop::Stop;

/// The X of A·X = B for a square A: Gauss' elimination with row pivots.
pub fn columns(
    context: &Context,
    estimator: &Estimator,
    mut a: Array2<f64>,
    mut b: Array2<f64>,
) -> Result<Array2<f64>, Stop> {
    let n = a.nrows();
    let width = n.saturating_add(b.ncols());
    let work = n.saturating_mul(n).saturating_mul(width);
    context.charge(work, &estimator.class)?;
    for step in 0..n {
        let size = |row: &usize| a[[*row, step]].abs();
        let pivot = (step..n).max_by(|x, y| size(x).total_cmp(&size(y)));
        let pivot = pivot.unwrap_or(step);
        if a[[pivot, step]] == 0.0 || !a[[pivot, step]].is_finite() {
            return Err(estimator.refused("its fitted matrix has no inverse"));
        }
        for place in 0..n {
            a.swap([step, place], [pivot, place]);
        }
        for place in 0..b.ncols() {
            b.swap([step, place], [pivot, place]);
        }
        for row in step + 1..n {
            let factor = a[[row, step]] / a[[step, step]];
            if factor == 0.0 {
                continue;
            }
            for place in step..n {
                a[[row, place]] -= factor * a[[step, place]];
            }
            for place in 0..b.ncols() {
                b[[row, place]] -= factor * b[[step, place]];
            }
        }
    }
    for step in (0..n).rev() {
        for place in 0..b.ncols() {
            let known: f64 = (step + 1..n).map(|at| a[[step, at]] * b[[at, place]]).sum();
            b[[step, place]] = (b[[step, place]] - known) / a[[step, step]];
        }
    }
    debug_assert_eq!(b.len_of(Axis(0)), n);
    Ok(b)
}
