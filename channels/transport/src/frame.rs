//! Frames: four bytes of length, big-endian, then the body.

use bytes::{Buf as _, Bytes, BytesMut};
use tokio_util::codec::{Decoder, Encoder, LengthDelimitedCodec};

/// Largest body of a frame, bytes.
pub const MAX_FRAME: usize = 1024 * 1024;

/// Bytes of the length.
const HEAD: usize = 4;

/// The codec of both directions.
#[derive(Debug)]
pub(crate) struct FrameCodec {
    /// Keeps the head in the buffer until the frame is complete, so that a begun frame is told from
    /// an idle connection.
    reading: LengthDelimitedCodec,
    writing: LengthDelimitedCodec,
}

impl FrameCodec {
    pub(crate) fn new() -> Self {
        let mut builder = LengthDelimitedCodec::builder();
        builder.length_field_length(HEAD).max_frame_length(MAX_FRAME);
        let writing = builder.new_codec();
        // The head counts as part of the frame when it stays: HEAD is 4 on both sides.
        let reading = builder.num_skip(0).length_adjustment(4).new_codec();
        Self { reading, writing }
    }
}

impl Decoder for FrameCodec {
    type Item = Bytes;
    type Error = std::io::Error;

    fn decode(&mut self, buffer: &mut BytesMut) -> std::io::Result<Option<Bytes>> {
        let frame = self.reading.decode(buffer)?;
        Ok(frame.map(|mut frame| {
            frame.advance(HEAD);
            frame.freeze()
        }))
    }
}

impl Encoder<Bytes> for FrameCodec {
    type Error = std::io::Error;

    fn encode(&mut self, body: Bytes, buffer: &mut BytesMut) -> std::io::Result<()> {
        self.writing.encode(body, buffer)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn frame_is_its_length_and_its_body() {
        let mut buffer = BytesMut::new();
        FrameCodec::new().encode(Bytes::from_static(b"abc"), &mut buffer).unwrap();
        assert_eq!(&buffer[..], b"\0\0\0\x03abc");
    }

    #[test]
    fn largest_frame_passes_and_a_larger_one_does_not() {
        let mut codec = FrameCodec::new();
        let mut buffer = BytesMut::new();
        codec.encode(vec![7; MAX_FRAME].into(), &mut buffer).unwrap();
        assert_eq!(codec.decode(&mut buffer).unwrap().unwrap().len(), MAX_FRAME);
        assert!(codec.encode(vec![7; MAX_FRAME + 1].into(), &mut buffer).is_err());
        let mut head = BytesMut::from(&b"\x00\x10\x00\x01"[..]);
        assert!(codec.decode(&mut head).is_err());
    }

    proptest! {
        #[test]
        fn frames_survive_any_cut(
            bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..6),
            cut in 1_usize..9,
        ) {
            let mut codec = FrameCodec::new();
            let mut sent = BytesMut::new();
            for body in &bodies {
                codec.encode(body.clone().into(), &mut sent).unwrap();
            }
            let (mut buffer, mut got) = (BytesMut::new(), Vec::new());
            for part in sent.chunks(cut) {
                buffer.extend_from_slice(part);
                while let Some(frame) = codec.decode(&mut buffer).unwrap() {
                    got.push(frame.to_vec());
                }
            }
            prop_assert_eq!(got, bodies);
            prop_assert!(buffer.is_empty());
        }

        #[test]
        fn garbage_never_panics(garbage in prop::collection::vec(any::<u8>(), 0..64)) {
            let mut buffer = BytesMut::from(&garbage[..]);
            let mut codec = FrameCodec::new();
            while let Ok(Some(_)) = codec.decode(&mut buffer) {}
        }
    }
}
