//! Functions that neither the standard library nor `libm` has.

/// The logarithmic derivative of the gamma function, for positive numbers; else NaN. By its
/// recurrence up to ten, then the asymptotic series with Bernoulli numbers
/// (<https://dlmf.nist.gov/5.11#E2>).
pub fn digamma(x: f64) -> f64 {
    if x.is_nan() || x <= 0.0 {
        return f64::NAN;
    }
    let mut x = x;
    let mut sum = 0.0;
    while x < 10.0 {
        sum -= 1.0 / x;
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    let terms = [
        1.0 / 12.0,
        -1.0 / 120.0,
        1.0 / 252.0,
        -1.0 / 240.0,
        1.0 / 132.0,
        -691.0 / 32_760.0,
        1.0 / 12.0,
    ];
    let series = terms
        .iter()
        .rev()
        .fold(0.0, |series, term| (series + term) * square);
    sum + libm::log(x) - 0.5 / x - series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digamma_has_its_known_values() {
        // -γ, -γ - 2 ln 2, 1 - γ, and by the recurrence from these.
        let euler = 0.577_215_664_901_532_9;
        let near = |a: f64, b: f64| assert!((a - b).abs() <= 1e-14 * b.abs(), "{a} {b}");
        near(digamma(1.0), -euler);
        near(digamma(0.5), -euler - 2.0 * std::f64::consts::LN_2);
        near(digamma(2.0), 1.0 - euler);
        let harmonic: f64 = (1..100).map(|n| 1.0 / f64::from(n)).sum();
        near(digamma(100.0), harmonic - euler);
        assert!(digamma(0.0).is_nan() && digamma(-1.5).is_nan());
    }
}
