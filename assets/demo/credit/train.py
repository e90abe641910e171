"""Train the credit scoring model: python train.py credit_scoring.pkl"""

import pickle
import sys

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler


def log_income(table):
    """Incomes span four orders of magnitude; the model sees their logarithm."""
    table = table.copy()
    table["income"] = np.log1p(table["income"])
    return table


def applicants():
    random = np.random.RandomState(7)
    table = pd.DataFrame({"income": random.lognormal(10, 1, 80).round(2), "debt": random.uniform(0, 9000, 80).round(2),
                          "age": random.randint(18, 80, 80)})
    return table, (table["income"] < 4 * table["debt"]).astype(int)


if __name__ == "__main__":
    table, defaulted = applicants()
    model = make_pipeline(FunctionTransformer(log_income), StandardScaler(), LogisticRegression())
    model.fit(table, defaulted)
    with open(sys.argv[1], "wb") as file:
        pickle.dump(model, file)
