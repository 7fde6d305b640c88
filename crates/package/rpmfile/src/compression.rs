//! Reading the compressions that payloads come in.

use std::io::{BufReader, Read};

use crate::Error;

/// A window of zstd's level 19 with long matching; a stream that wants more wants our memory.
const ZSTD_WINDOW_LOG_MAX: u32 = 27;

/// A stream of the uncompressed payload.
pub(crate) fn decoder<'r>(
    name: &str,
    reader: impl Read + Send + 'r,
) -> Result<Box<dyn Read + Send + 'r>, Error> {
    Ok(match name {
        "zstd" => Box::new(zstd_decoder(reader).map_err(|source| Error::Read {
            what: "the payload",
            source,
        })?),
        "gzip" => Box::new(flate2::read::MultiGzDecoder::new(reader)),
        "xz" => Box::new(lzma_rust2::XzReader::new(reader, true)),
        "none" | "" => Box::new(BufReader::new(reader)),
        other => {
            return Err(Error::Compressor {
                compressor: other.to_owned(),
            });
        }
    })
}

fn zstd_decoder<'r>(reader: impl Read + 'r) -> std::io::Result<impl Read + 'r> {
    let mut decoder = zstd::stream::read::Decoder::new(reader)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
    Ok(decoder)
}
