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

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn read_all(name: &str, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        decoder(name, bytes)
            .map_err(io::Error::other)?
            .read_to_end(&mut out)
            .map(|_| out)
    }

    #[test]
    fn what_is_not_compressed_is_read_as_it_is() {
        assert_eq!(read_all("gzip", b"070701").unwrap(), b"070701");
    }

    #[test]
    fn gzip_streams_in_a_row_are_one() {
        let mut bytes = Vec::new();
        for part in ["one ", "two"] {
            let mut encoder = flate2::write::GzEncoder::new(&mut bytes, flate2::Compression::fast());
            encoder.write_all(part.as_bytes()).unwrap();
            encoder.finish().unwrap();
        }
        assert_eq!(read_all("gzip", &bytes).unwrap(), b"one two");
    }

    #[test]
    fn a_damaged_stream_is_an_error() {
        let whole = zstd::encode_all(&b"content"[..], 1).unwrap();
        assert_eq!(read_all("zstd", &whole).unwrap(), b"content");
        assert!(read_all("zstd", &whole[..whole.len() - 1]).is_err());
        assert!(read_all("xz", &whole).is_err());
    }

    /// A frame that asks for a window of 2 GiB (RFC 8878, 3.1.1.1.2).
    #[test]
    fn a_stream_cannot_demand_our_memory() {
        let frame = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 21 << 3, 0x01, 0x00, 0x00];
        assert!(read_all("zstd", &frame).is_err());
        let frame = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 17 << 3, 0x01, 0x00, 0x00];
        assert_eq!(read_all("zstd", &frame).unwrap(), b"");
    }

    #[test]
    fn unknown_names_are_refused() {
        assert!(matches!(decoder("lzip", &b""[..]), Err(Error::Compressor { .. })));
    }
}
