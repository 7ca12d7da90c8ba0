#pragma once

#include "transport/Frame.h"

#include <QByteArrayView>

#include <array>
#include <optional>
#include <span>

namespace concierge::transport {

/// RFC 6455, 5.2.
enum class Opcode : quint8 {
    Continuation = 0x0,
    Text = 0x1,
    Binary = 0x2,
    Close = 0x8,
    Ping = 0x9,
    Pong = 0xA
};

/// Why we end a WebSocket whose peer breaks the rules. RFC 6455, 7.4.1.
enum class CloseCode : quint16 { ProtocolError = 1002, InvalidText = 1007, TooBig = 1009 };

/// What a client said. Message: `frame`. Ping, Pong: the payload is in `frame.data`. Close: the code, 0 for
/// none, and the reason in `frame.data`. Error: the code to close with.
struct FrameEvent
{
    enum class Kind : quint8 {
        NeedMore,
        Fragment, ///< a frame that does not end its message; told so that frames without end are no work
                  ///< without end
        Message,
        Ping,
        Pong,
        Close,
        Error
    };

    Kind kind = Kind::NeedMore;
    quint16 code = 0;
    Frame frame;

    friend bool operator==(const FrameEvent &, const FrameEvent &) = default;
};

/// A client's frames, as they arrive in pieces of any size, become whole messages. Text is valid UTF-8, byte
/// for byte as it was sent. Limit: `maxPayload` bytes a message, judged by what a frame announces, before its
/// bytes are there; nothing is reserved on a mere announcement. Source: RFC 6455, 5 and 8.1. Thread: any.
class FrameReader
{
public:
    explicit FrameReader(qint64 maxPayload) noexcept
        : m_maxPayload(maxPayload)
    {}

    /// Takes from the front of `bytes`, which it unmasks in place, what makes the next event; NeedMore: all
    /// of it was taken. After Close or Error there is nothing more to come, and nothing is taken any more.
    FrameEvent read(std::span<char> &bytes);

private:
    bool takeHead(std::span<char> &bytes);
    void checkHead();
    void checkStart();
    void checkLength();
    void unmask(std::span<char> part) const noexcept;
    bool isFinal() const noexcept { return (m_head[0] & 0x80) != 0; }
    bool isControl() const noexcept { return (m_head[0] & 0x08) != 0; }
    Opcode opcode() const noexcept { return static_cast<Opcode>(m_head[0] & 0x0F); }
    FrameEvent endData(std::span<const char> part);
    FrameEvent endControl(std::span<const char> part);
    FrameEvent endClose(const QByteArray &payload);
    FrameEvent fail(CloseCode code);

    const qint64 m_maxPayload;
    qint64 m_length = 0;  // of the frame's payload
    qint64 m_left = 0;    // of it still to come
    QByteArray m_message; // its fragments, while it is incomplete
    QByteArray m_control; // a control frame's payload, likewise: it may stand between two fragments
    std::array<quint8, 14> m_head{};
    quint8 m_headSize = 0;           // bytes of it that are there
    quint8 m_headWanted = 2;         // and that are known to be needed: more, once its length's form is known
    std::optional<FrameKind> m_kind; // of the message that has begun
    std::optional<CloseCode> m_error;
    bool m_isOver = false;
};

/// The bytes that go before a payload of ours: one final frame, not masked. RFC 6455, 5.2.
struct FrameHead
{
    FrameHead(Opcode opcode, qsizetype payloadSize) noexcept;
    QByteArrayView view() const noexcept { return QByteArrayView(bytes.data(), size); }

    std::array<char, 10> bytes;
    qsizetype size = 2;
};

/// A whole close frame; without a code it is empty. RFC 6455, 5.5.1.
QByteArray closeFrame(std::optional<quint16> code);

} // namespace concierge::transport
