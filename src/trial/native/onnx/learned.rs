//! The operators of `ai.onnx.ml` but the trees: linear models, scaling, encoding.

use super::tensor::{Data, Tensor};
use super::{Step, Value};
use crate::trial::native::stop::Stop;

impl Step<'_, '_> {
    pub(super) fn learned(&self) -> Result<Vec<Tensor>, Stop> {
        let made = match self.node.operator.as_str() {
            "LinearRegressor" => self.linear_regressor()?,
            "LinearClassifier" => return self.linear_classifier(),
            "TreeEnsembleRegressor" => self.tree_regressor()?,
            "TreeEnsembleClassifier" => return self.tree_classifier(),
            "SVMRegressor" => self.svm_regressor()?,
            "SVMClassifier" => return self.svm_classifier(),
            "Scaler" => self.scaler()?,
            "Normalizer" => self.normalizer()?,
            "Imputer" => self.imputer()?,
            "Binarizer" => self.binarizer()?,
            "ArrayFeatureExtractor" => self.extractor()?,
            "OneHotEncoder" => self.one_hot()?,
            "LabelEncoder" => self.label_encoder()?,
            _ => return Err(self.refused("there is no evaluator for it yet")),
        };
        Ok(vec![made])
    }

    /// A table of single-precision numbers: rows, columns, elements.
    pub(super) fn table(&self) -> Result<(usize, usize, Vec<f32>), Stop> {
        let input = self.input(0)?;
        self.pay(&input.shape)?;
        let [rows, columns] = input.shape[..] else {
            return Err(self.refused("its input is no table"));
        };
        let numbers = match &input.data {
            Data::F32(items) => items.clone(),
            Data::I64(items) if items.iter().all(|x| x.abs() < 1 << 24) => {
                items.iter().map(|x| *x as f32).collect()
            }
            _ => return Err(self.refused("its input has a type that it is not evaluated for")),
        };
        Ok((rows, columns, numbers))
    }

    /// Rows times coefficients, and the intercepts: rows × targets.
    fn linear(&self, targets: usize) -> Result<(usize, Vec<f32>), Stop> {
        let (rows, columns, numbers) = self.table()?;
        let coefficients = self.floats("coefficients")?;
        let intercepts = self.floats("intercepts")?;
        if targets == 0
            || Some(coefficients.len()) != targets.checked_mul(columns)
            || !(intercepts.is_empty() || intercepts.len() == targets)
        {
            return Err(self.broken());
        }
        self.context.charge(
            rows.saturating_mul(coefficients.len()).saturating_mul(2),
            super::WHAT,
        )?;
        self.pay(&[rows, targets])?;
        let mut scores = Vec::with_capacity(rows * targets);
        for row in 0..rows {
            for target in 0..targets {
                let sum = (0..columns).fold(0.0_f32, |sum, k| {
                    numbers[row * columns + k].mul_add(coefficients[target * columns + k], sum)
                });
                scores.push(sum + intercepts.get(target).copied().unwrap_or(0.0));
            }
        }
        Ok((rows, scores))
    }

    fn linear_regressor(&self) -> Result<Tensor, Stop> {
        self.only(&["coefficients", "intercepts", "post_transform", "targets"])?;
        if self.word("post_transform", "NONE")? != "NONE" {
            return Err(self.refused("it transforms its answers"));
        }
        let targets = usize::try_from(self.int("targets", 1)?).map_err(|_| self.broken())?;
        let (rows, scores) = self.linear(targets)?;
        self.make(vec![rows, targets], Data::F32(scores))
    }

    fn linear_classifier(&self) -> Result<Vec<Tensor>, Stop> {
        self.only(&[
            "classlabels_ints",
            "classlabels_strings",
            "coefficients",
            "intercepts",
            "multi_class",
            "post_transform",
        ])?;
        let labels = self.labels("classlabels_ints", "classlabels_strings")?;
        let targets = labels.len();
        if targets < 2 {
            return Err(self.refused("it has a single class"));
        }
        let (rows, mut scores) = self.linear(targets)?;
        let doubt = self.linear_doubt(targets)?;
        let mut best = Vec::with_capacity(rows);
        for row in scores.chunks_exact_mut(targets) {
            let winner = largest(row);
            let wide: Vec<f64> = row.iter().map(|x| f64::from(*x)).collect();
            self.ahead(&wide, winner, doubt)?;
            best.push(winner);
            self.finish(row)?;
        }
        let labels = Tensor {
            shape: vec![rows],
            data: labels.pick(&best),
        };
        Ok(vec![
            labels,
            self.make(vec![rows, targets], Data::F32(scores))?,
        ])
    }

    /// The class labels, of either kind.
    pub(super) fn labels(&self, ints: &str, words: &str) -> Result<Data, Stop> {
        match (self.ints(ints)?, self.words(words)?) {
            ([], words) => Ok(Data::Text(words.to_vec())),
            (ints, []) => Ok(Data::I64(ints.to_vec())),
            _ => Err(self.broken()),
        }
    }

    /// `post_transform` on the scores of a row.
    pub(super) fn finish(&self, row: &mut [f32]) -> Result<(), Stop> {
        match self.word("post_transform", "NONE")?.as_str() {
            "NONE" => {}
            "LOGISTIC" => row.iter_mut().for_each(|x| *x = logistic(*x)),
            "SOFTMAX" => {
                let top = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let mut sum = 0.0;
                for x in row.iter_mut() {
                    *x = libm::exp(f64::from(*x - top)) as f32;
                    sum += *x;
                }
                for x in row.iter_mut() {
                    *x /= sum;
                }
            }
            other => return Err(self.refused(format!("the transform {other} is not evaluated"))),
        }
        Ok(())
    }

    fn scaler(&self) -> Result<Tensor, Stop> {
        self.only(&["offset", "scale"])?;
        let (rows, columns, mut numbers) = self.table()?;
        let (offset, scale) = (self.floats("offset")?, self.floats("scale")?);
        let fits = |list: &[f32]| list.len() == columns || list.len() == 1;
        if !fits(offset) || !fits(scale) || columns == 0 {
            return Err(self.broken());
        }
        for (place, x) in numbers.iter_mut().enumerate() {
            let column = place % columns;
            *x = (*x - offset[column.min(offset.len() - 1)]) * scale[column.min(scale.len() - 1)];
        }
        self.make(vec![rows, columns], Data::F32(numbers))
    }

    fn normalizer(&self) -> Result<Tensor, Stop> {
        self.only(&["norm"])?;
        let (rows, columns, mut numbers) = self.table()?;
        let norm = self.word("norm", "MAX")?;
        for row in numbers.chunks_exact_mut(columns.max(1)) {
            let size = match norm.as_str() {
                "L1" => row.iter().map(|x| x.abs()).sum::<f32>(),
                "L2" => row.iter().map(|x| x * x).sum::<f32>().sqrt(),
                _ => return Err(self.refused("the norm by the largest is not evaluated")),
            };
            if size != 0.0 {
                for x in row.iter_mut() {
                    *x /= size;
                }
            }
        }
        self.make(vec![rows, columns], Data::F32(numbers))
    }

    fn imputer(&self) -> Result<Tensor, Stop> {
        self.only(&["imputed_value_floats", "replaced_value_float"])?;
        let (rows, columns, mut numbers) = self.table()?;
        let filled = self.floats("imputed_value_floats")?;
        if columns == 0 || filled.len() != columns && filled.len() != 1 {
            return Err(self.broken());
        }
        let replaced = self.float("replaced_value_float", 0.0)?;
        for (place, x) in numbers.iter_mut().enumerate() {
            if replaced.is_nan() && x.is_nan() || *x == replaced {
                *x = filled[(place % columns).min(filled.len() - 1)];
            }
        }
        self.make(vec![rows, columns], Data::F32(numbers))
    }

    fn binarizer(&self) -> Result<Tensor, Stop> {
        self.only(&["threshold"])?;
        let (rows, columns, numbers) = self.table()?;
        let threshold = self.float("threshold", 0.0)?;
        let ones = numbers
            .iter()
            .map(|x| if *x > threshold { 1.0 } else { 0.0 });
        self.make(vec![rows, columns], Data::F32(ones.collect()))
    }

    /// The elements at some places of the last axis.
    fn extractor(&self) -> Result<Tensor, Stop> {
        self.only(&[])?;
        let (input, wanted) = (self.input(0)?, self.input(1)?);
        let places: Option<Vec<usize>> = wanted.ints().and_then(|ints| {
            ints.into_iter()
                .map(|place| usize::try_from(place).ok())
                .collect()
        });
        let places = places.ok_or_else(|| self.broken())?;
        let axis = input
            .shape
            .len()
            .checked_sub(1)
            .ok_or_else(|| self.broken())?;
        if input.len() == 0 || places.iter().any(|place| *place >= input.shape[axis]) {
            return Err(self.broken());
        }
        let mut shape = input.shape.clone();
        shape[axis] = places.len();
        self.pay(&shape)?;
        let made = input.along(axis, &places);
        // A vector becomes a row.
        if axis == 0 {
            shape.insert(0, 1);
        }
        self.make(shape, made.data)
    }

    /// A new last axis with a one at the place of the category; zeros for others.
    fn one_hot(&self) -> Result<Tensor, Stop> {
        self.only(&["cats_int64s", "cats_strings", "zeros"])?;
        let input = self.input(0)?;
        let categories = self.labels("cats_int64s", "cats_strings")?;
        let mut shape = input.shape.clone();
        shape.push(categories.len());
        self.pay(&shape)?;
        let place = |at: usize| match (&input.data, &categories) {
            (Data::Text(items), Data::Text(known)) => {
                Some(known.iter().position(|x| *x == items[at]))
            }
            (Data::I64(items), Data::I64(known)) => {
                Some(known.iter().position(|x| *x == items[at]))
            }
            (Data::F32(items), Data::I64(known)) if items[at].fract() == 0.0 => {
                Some(known.iter().position(|x| *x == items[at] as i64))
            }
            _ => None,
        };
        self.context
            .charge(input.len().saturating_mul(categories.len()), super::WHAT)?;
        let mut made = vec![0.0; input.len() * categories.len()];
        for at in 0..input.len() {
            match place(at) {
                Some(Some(found)) => made[at * categories.len() + found] = 1.0,
                Some(None) if self.int("zeros", 1)? != 0 => {}
                Some(None) => return Err(self.refused("it gets a category that it does not know")),
                None => return Err(self.refused("it gets a type that it is not evaluated for")),
            }
        }
        self.make(shape, Data::F32(made))
    }

    /// Keys of one kind to values of another.
    fn label_encoder(&self) -> Result<Tensor, Stop> {
        self.only(&[
            "keys_strings",
            "keys_int64s",
            "values_strings",
            "values_int64s",
            "values_floats",
            "default_string",
            "default_int64",
            "default_float",
        ])?;
        let input = self.input(0)?;
        let keys = self.labels("keys_int64s", "keys_strings")?;
        self.context
            .charge(input.len().saturating_mul(keys.len().max(1)), super::WHAT)?;
        self.pay(&input.shape)?;
        let mut places = Vec::with_capacity(input.len());
        for at in 0..input.len() {
            places.push(match (&input.data, &keys) {
                (Data::Text(items), Data::Text(keys)) => {
                    keys.iter().position(|key| *key == items[at])
                }
                (Data::I64(items), Data::I64(keys)) => {
                    keys.iter().position(|key| *key == items[at])
                }
                _ => return Err(self.refused("it gets a type that it is not evaluated for")),
            });
        }
        let (words, ints, floats) = (
            self.words("values_strings")?,
            self.ints("values_int64s")?,
            self.floats("values_floats")?,
        );
        if words.len() + ints.len() + floats.len() != keys.len() {
            return Err(self.broken());
        }
        let data = if words.len() == keys.len() {
            let default = self.word("default_string", "_Unused")?;
            let word =
                |place: &Option<usize>| place.map_or(default.clone(), |place| words[place].clone());
            Data::Text(places.iter().map(word).collect())
        } else if ints.len() == keys.len() {
            let default = self.int("default_int64", -1)?;
            Data::I64(
                places
                    .iter()
                    .map(|place| place.map_or(default, |place| ints[place]))
                    .collect(),
            )
        } else if floats.len() == keys.len() {
            let default = self.float("default_float", -0.0)?;
            Data::F32(
                places
                    .iter()
                    .map(|place| place.map_or(default, |place| floats[place]))
                    .collect(),
            )
        } else {
            return Err(self.broken());
        };
        self.make(input.shape.clone(), data)
    }

    pub(super) fn zip_map(&self) -> Result<Value, Stop> {
        self.only(&["classlabels_int64s", "classlabels_strings"])?;
        let labels = self.labels("classlabels_int64s", "classlabels_strings")?;
        let input = self.input(0)?;
        if input.shape.len() != 2 || input.shape[1] != labels.len() {
            return Err(self.broken());
        }
        self.pay(&input.shape)?;
        let titles = match labels {
            Data::I64(ints) => ints.iter().map(ToString::to_string).collect(),
            Data::Text(words) => words
                .iter()
                .map(|word| crate::text::short(word, 200))
                .collect(),
            _ => return Err(self.broken()),
        };
        Ok(Value::Maps(titles, input.clone()))
    }
}

/// The sigmoid, without loss for small probabilities.
pub(super) fn logistic(x: f32) -> f32 {
    (1.0 / (1.0 + libm::exp(-f64::from(x)))) as f32
}

/// The place of the first largest number.
pub(super) fn largest(row: &[f32]) -> usize {
    let mut best = 0;
    for (place, x) in row.iter().enumerate() {
        if *x > row[best] {
            best = place;
        }
    }
    best
}
