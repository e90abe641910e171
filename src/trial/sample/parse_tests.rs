use super::*;

fn rows(name: &str, text: &str) -> Sample {
    parse(text.as_bytes(), Path::new(name)).unwrap()
}

fn trouble(bytes: &[u8]) -> String {
    parse(bytes, Path::new("in")).unwrap_err().to_string()
}

fn text(word: &str) -> Cell {
    Cell::Text(word.into())
}

#[test]
fn csv_columns_get_the_types_that_pandas_gives_them() {
    let sample = rows(
        "rows.csv",
        "age,city,visits,ok\n31.5,Oslo,4,True\n,\"Lyon, FR\",7,False\nNA,NA,,\n",
    );
    assert_eq!(sample.columns.unwrap(), ["age", "city", "visits", "ok"]);
    assert_eq!(
        sample.rows[0],
        [
            Cell::Float(31.5),
            text("Oslo"),
            Cell::Int(4),
            Cell::Bool(true)
        ]
    );
    assert_eq!(
        sample.rows[1],
        [
            Cell::Missing,
            text("Lyon, FR"),
            Cell::Int(7),
            Cell::Bool(false)
        ]
    );
    assert_eq!(sample.rows[2], vec![Cell::Missing; 4]);
    assert_eq!(sample.source, "--input rows.csv");
}

#[test]
fn separators_are_found_and_a_first_line_of_numbers_is_a_row() {
    assert_eq!(rows("a", "x;y\n1;2\n").rows, [[Cell::Int(1), Cell::Int(2)]]);
    assert_eq!(
        rows("a", "x\ty\n1\t2\n").rows,
        [[Cell::Int(1), Cell::Int(2)]]
    );
    let bare = rows("a", "5.1,3.5\n4.9,3.0\n");
    assert_eq!(bare.columns, None);
    assert_eq!(bare.rows.len(), 2);
}

#[test]
fn a_mixed_column_stays_text() {
    let sample = rows("a", "size\n1\nS\n");
    assert_eq!(sample.rows, [[text("1")], [text("S")]]);
}

#[test]
fn json_tables_come_in_many_shapes() {
    let table = [
        r#"{"columns": ["a", "b"], "data": [[1, "x"], [2.5, null]]}"#,
        r#"{"dataframe_split": {"columns": ["a", "b"], "data": [[1, "x"], [2.5, null]]}}"#,
        r#"[{"a": 1, "b": "x"}, {"a": 2.5}]"#,
        r#"{"a": [1, 2.5], "b": ["x", null]}"#,
        r#"{"a": {"0": 1, "1": 2.5}, "b": {"0": "x", "1": null}}"#,
        r#"{"inputs": [{"a": 1, "b": "x"}, {"a": 2.5, "b": null}]}"#,
        r#"{"dataframe_records": [{"a": 1, "b": "x"}, {"a": 2.5, "b": null}]}"#,
        r#"{"inputs": {"a": [1, 2.5], "b": ["x", null]}}"#,
    ];
    for json in table {
        let sample = rows("in.json", json);
        assert_eq!(sample.columns.unwrap(), ["a", "b"], "{json}");
        let wanted = [[Cell::Int(1), text("x")], [Cell::Float(2.5), Cell::Missing]];
        assert_eq!(sample.rows, wanted, "{json}");
    }
    let bare = rows("in.json", r#"{"instances": [[1, 2], [3, 4]]}"#);
    assert_eq!((bare.columns, bare.rows.len()), (None, 2));
    assert_eq!(
        rows("in.json", "[1, 2]").rows,
        [[Cell::Int(1), Cell::Int(2)]]
    );
    assert_eq!(
        rows("in.json", r#"{"a": 1, "b": "x"}"#).rows,
        [[Cell::Int(1), text("x")]]
    );
    let texts = rows("in.json", r#"["free prize", "see you"]"#);
    assert!(texts.texts);
    assert_eq!(texts.rows, [[text("free prize")], [text("see you")]]);
}

#[test]
fn a_column_called_data_is_no_envelope() {
    let sample = rows("in.json", r#"{"data": [1, 2], "b": [3, 4]}"#);
    assert_eq!(sample.columns.unwrap(), ["data", "b"]);
}

#[test]
fn errors_name_the_place() {
    let cases: [(&[u8], &str); 8] = [
        (b"", "in: it is empty"),
        (b"a,b\n1,2\n3\n", "in: line 3 has 1 cells, the first line 2"),
        (
            b"a\n\xff\xfe\n",
            "in: line 2 is not UTF-8 text; save it as UTF-8",
        ),
        (b"{\"a\":\n oops}", "in: line 2 is not JSON: expected value"),
        (b"[[1, [2]]]", "in: row 1 holds a list or a dict as a cell"),
        (
            b"{\"a\": [1], \"b\": [1, 2]}",
            "in: column 'b' has 2 cells, the first column 1",
        ),
        (b"a,b\n", "in: it holds no rows"),
        (b"[\"x\", 1]", "in: item 2 is not a text like the first"),
    ];
    for (bytes, wanted) in cases {
        assert_eq!(trouble(bytes), wanted);
    }
}

/// An NPY file, version 1.
fn npy(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = npy::MAGIC.to_vec();
    bytes.extend([1, 0]);
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

#[test]
fn npy_files_are_read_in_both_orders() {
    let data: Vec<u8> = [1_i16, 2, 3, 4, 5, 6]
        .iter()
        .flat_map(|n| n.to_be_bytes())
        .collect();
    let header = "{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3), }\n";
    let sample = parse(&npy(header, &data), Path::new("x.npy")).unwrap();
    let wanted = [[1, 3, 5], [2, 4, 6]].map(|row| row.map(Cell::Int));
    assert_eq!(sample.rows, wanted);

    let header = "{'descr': '|S3', 'fortran_order': False, 'shape': (2,), }";
    let sample = parse(&npy(header, b"ab\0xyz"), Path::new("x.npy")).unwrap();
    assert!(sample.texts);
    assert_eq!(sample.rows, [[text("ab")], [text("xyz")]]);
}

#[test]
fn hostile_npy_files_are_errors() {
    let cases = [
        npy(
            "{'descr': '|O', 'fortran_order': False, 'shape': (2,), }",
            b"",
        ),
        npy(
            "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999, 0), }",
            b"",
        ),
        npy(
            "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }",
            b"short",
        ),
        npy(
            "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,), }",
            &[0; 8],
        ),
        npy("{'descr': '<f8', 'shape': (1,), }", &[0; 8]),
        npy::MAGIC.to_vec(),
    ];
    for bytes in cases {
        assert!(parse(&bytes, Path::new("x.npy")).is_err());
    }
}
