//! Metadata files come compressed in several ways; the first bytes tell which.

use std::io::{self, BufRead, BufReader, Read};

/// No metadata file is larger; a limit for files that do not state their size.
const MAX_OPEN_SIZE: u64 = 8 << 30;

const BUFFER: usize = 256 * 1024;

/// The uncompressed content. More than `open_size` bytes are an error (a bomb, or not the file it should be).
pub(crate) fn open<'a>(bytes: &'a [u8], open_size: Option<u64>) -> io::Result<Box<dyn BufRead + 'a>> {
    let left = open_size.unwrap_or(MAX_OPEN_SIZE);
    let limited = Limited {
        inner: decoder(bytes)?,
        left,
    };
    Ok(Box::new(BufReader::with_capacity(BUFFER, limited)))
}

fn decoder<'a>(bytes: &'a [u8]) -> io::Result<Box<dyn Read + 'a>> {
    Ok(match bytes {
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Box::new(zstd::Decoder::with_buffer(bytes)?),
        [0x1f, 0x8b, ..] => Box::new(flate2::bufread::MultiGzDecoder::new(bytes)),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Box::new(lzma_rust2::XzReader::new(bytes, true)),
        [b'B', b'Z', b'h', ..] => {
            return Err(io::Error::other(
                "bzip2 is not supported; the repository must offer zstd, gzip or xz",
            ));
        }
        _ => Box::new(bytes),
    })
}

struct Limited<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.left = self
            .left
            .checked_sub(count as u64)
            .ok_or_else(|| io::Error::other("it is larger than it should be"))?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(bytes: &[u8], limit: Option<u64>) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        open(bytes, limit)?.read_to_end(&mut content).map(|_| content)
    }

    #[test]
    fn recognizes_formats_and_enforces_the_size() {
        let zstd = zstd::bulk::compress(b"hello", 3).unwrap();
        assert_eq!(content(&zstd, Some(5)).unwrap(), b"hello");
        assert!(
            content(&zstd, Some(4))
                .unwrap_err()
                .to_string()
                .contains("larger")
        );
        assert_eq!(content(b"plain", None).unwrap(), b"plain");
        assert!(
            content(b"BZh91AY", None)
                .unwrap_err()
                .to_string()
                .contains("bzip2")
        );
    }
}
