//! Reading the compressions that payloads come in.

use std::io::{self, BufRead, BufReader, Read};

use crate::Error;

/// A window of zstd's level 19 with long matching; a stream that wants more wants our memory.
const ZSTD_WINDOW_LOG_MAX: u32 = 27;

/// What every gzip stream begins with (RFC 1952, 2.3.1).
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// A stream of the uncompressed payload.
pub(crate) fn decoder<'r>(
    name: &str,
    reader: impl Read + Send + 'r,
) -> Result<Box<dyn Read + Send + 'r>, Error> {
    let failed = |source| Error::Read {
        what: "the payload",
        source,
    };
    Ok(match name {
        "zstd" => Box::new(zstd_decoder(reader).map_err(failed)?),
        "gzip" => gzip_or_plain(reader).map_err(failed)?,
        "xz" => Box::new(lzma_rust2::XzReader::new(reader, true)),
        other => {
            return Err(Error::Compressor {
                compressor: other.to_owned(),
            });
        }
    })
}

/// gzip is also what is assumed when nothing is stated, as by rpmbuild for payloads that are not compressed.
fn gzip_or_plain<'r>(reader: impl Read + Send + 'r) -> io::Result<Box<dyn Read + Send + 'r>> {
    let mut reader = BufReader::new(reader);
    Ok(match reader.fill_buf()?.starts_with(&GZIP_MAGIC) {
        true => Box::new(flate2::bufread::MultiGzDecoder::new(reader)),
        false => Box::new(reader),
    })
}

fn zstd_decoder<'r>(reader: impl Read + 'r) -> io::Result<impl Read + 'r> {
    let mut decoder = zstd::stream::read::Decoder::new(reader)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
    Ok(decoder)
}
