//! Rows of `stats` as a Parquet file.

use std::{io::Write, sync::Arc};

use parquet::{
    basic::{Compression, ConvertedType, GzipLevel, LogicalType, Repetition, Type as Physical},
    column::writer::ColumnWriter,
    data_type::ByteArray,
    errors::{ParquetError, Result},
    file::{properties::WriterProperties, writer::SerializedFileWriter},
    schema::types::{Type, TypePtr},
};
use serde_json::Value;

use crate::stats::Row;

/// Rows that stand in one group: bounds the memory of readers.
const GROUP: usize = 100_000;

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Whole,
    Fraction,
    Flag,
}

/// Writes rows under the names of their keys: texts as UTF-8 strings, counts as 64-bit integers,
/// percentages as doubles; null is null. All rows must have the keys of the first.
///
/// # Errors
/// When the rows do not fit or `out` fails.
pub fn write_parquet(rows: &[Row], out: &mut dyn Write) -> Result<()> {
    let columns: Vec<(&str, Kind)> =
        rows.first().into_iter().flat_map(Row::keys).map(|key| (key, kind(rows, key))).collect();
    let fields = columns.iter().map(|(name, kind)| field(name, *kind)).collect::<Result<_>>()?;
    let schema = Type::group_type_builder("files").with_fields(fields).build()?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::GZIP(GzipLevel::default()))
        .set_created_by(concat!("covatlas ", env!("CARGO_PKG_VERSION")).to_owned())
        .build();
    let mut bytes = Vec::new();
    let mut file = SerializedFileWriter::new(&mut bytes, Arc::new(schema), Arc::new(properties))?;
    for rows in rows.chunks(GROUP) {
        let mut group = file.next_row_group()?;
        for (name, _) in &columns {
            let Some(mut column) = group.next_column()? else { break };
            let values = rows.iter().map(|row| row.get(name).unwrap_or(&Value::Null));
            write_column(&values.collect::<Vec<_>>(), column.untyped())?;
            column.close()?;
        }
        group.close()?;
    }
    file.close()?;
    out.write_all(&bytes)?;
    Ok(())
}

/// A column holds what its first value that is not null is; texts when there is none.
fn kind(rows: &[Row], key: &str) -> Kind {
    match rows.iter().filter_map(|row| row.get(key)).find(|value| !value.is_null()) {
        _ if key == "percent" => Kind::Fraction,
        Some(Value::Bool(_)) => Kind::Flag,
        Some(Value::Number(number)) if number.is_f64() => Kind::Fraction,
        Some(Value::Number(_)) => Kind::Whole,
        _ => Kind::Text,
    }
}

fn field(name: &str, kind: Kind) -> Result<TypePtr> {
    let physical = match kind {
        Kind::Text => Physical::BYTE_ARRAY,
        Kind::Whole => Physical::INT64,
        Kind::Fraction => Physical::DOUBLE,
        Kind::Flag => Physical::BOOLEAN,
    };
    let field = Type::primitive_type_builder(name, physical).with_repetition(Repetition::OPTIONAL);
    let field = match kind {
        Kind::Text => field
            .with_logical_type(Some(LogicalType::String))
            .with_converted_type(ConvertedType::UTF8),
        _ => field,
    };
    Ok(Arc::new(field.build()?))
}

fn write_column(values: &[&Value], column: &mut ColumnWriter<'_>) -> Result<()> {
    let defined: Vec<i16> = values.iter().map(|value| i16::from(!value.is_null())).collect();
    let present = || values.iter().filter(|value| !value.is_null());
    let unfit = || ParquetError::General("a value does not fit its column".to_owned());
    match column {
        ColumnWriter::ByteArrayColumnWriter(column) => {
            let texts = present().map(|value| value.as_str().map(ByteArray::from));
            let texts: Vec<ByteArray> = texts.collect::<Option<_>>().ok_or_else(unfit)?;
            column.write_batch(&texts, Some(&defined), None)
        }
        ColumnWriter::Int64ColumnWriter(column) => {
            let numbers: Vec<i64> =
                present().map(|value| value.as_i64()).collect::<Option<_>>().ok_or_else(unfit)?;
            column.write_batch(&numbers, Some(&defined), None)
        }
        ColumnWriter::DoubleColumnWriter(column) => {
            let numbers: Vec<f64> =
                present().map(|value| value.as_f64()).collect::<Option<_>>().ok_or_else(unfit)?;
            column.write_batch(&numbers, Some(&defined), None)
        }
        ColumnWriter::BoolColumnWriter(column) => {
            let flags: Vec<bool> =
                present().map(|value| value.as_bool()).collect::<Option<_>>().ok_or_else(unfit)?;
            column.write_batch(&flags, Some(&defined), None)
        }
        _ => Err(unfit()),
    }
    .map(|_| ())
}
