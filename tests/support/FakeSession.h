#pragma once

#include "engineio/Session.h"

#include <QList>

#include <memory>
#include <optional>

namespace concierge::test {

/// An Engine.IO session without an engine: keeps what is sent, hands over what is received, and ends as
/// Engine does: from the event loop, which is endTurn().
class FakeSession final : public engineio::Session
{
public:
    const SessionId &sid() const override { return m_sid; }
    const transport::HttpRequest &handshake() const override { return request; }
    bool isWebSocket() const override { return true; }
    bool isWritable() const override { return nextStatus == transport::SendStatus::Sent; }
    qint64 bytesToWrite() const override { return nextStatus == transport::SendStatus::Sent ? 0 : 1; }
    transport::SendStatus send(std::span<const transport::Frame> frames, bool isVolatile) override
    {
        if (closed)
            return transport::SendStatus::Dropped;
        if (nextStatus == transport::SendStatus::Dropped) {
            if (!isVolatile)
                closed = engineio::CloseReason::SlowConsumer;
            return nextStatus;
        }
        sent.append(QList<transport::Frame>(frames.begin(), frames.end()));
        wereVolatile.append(isVolatile);
        return nextStatus;
    }
    void requestProof(quint64 mark) override
    {
        if (closed)
            return;
        proofMarks.append(mark);
        sentAtProofs.append(sent.size());
    }
    void close(engineio::CloseReason reason) override
    {
        if (!closed)
            closed = reason;
    }

    /// A message packet's data, held by nobody else: it is gone after the call.
    void receive(QByteArrayView text, transport::FrameKind kind = transport::FrameKind::Text)
    {
        if (!listener || closed)
            return;
        std::vector<char> bytes(text.begin(), text.end());
        listener->onSessionMessage(kind, QByteArray::fromRawData(bytes.data(), text.size()));
    }
    void receiveBinary(QByteArrayView bytes) { receive(bytes, transport::FrameKind::Binary); }
    /// The peer has taken what was sent.
    void drain()
    {
        nextStatus = transport::SendStatus::Sent;
        if (listener && !closed)
            listener->onSessionDrained();
    }
    /// The peer has answered the ping behind what that mark stands for.
    void prove(quint64 mark)
    {
        if (listener && !closed)
            listener->onSessionProven(mark);
    }
    void endTurn()
    {
        if (closed && listener) {
            listener->onSessionClosed(*closed);
            listener.reset();
        }
    }
    void lose(engineio::CloseReason reason)
    {
        closed = reason;
        endTurn();
    }
    /// What was sent since the last call.
    QList<QByteArray> takeSent()
    {
        QList<QByteArray> list;
        for (const transport::Frame &frame : std::exchange(sent, {}))
            list.append(frame.kind == transport::FrameKind::Text ? frame.data : "<binary>" + frame.data);
        wereVolatile.clear();
        return list;
    }

    transport::HttpRequest request;
    std::unique_ptr<engineio::SessionListener> listener;
    QList<transport::Frame> sent;
    QList<bool> wereVolatile;      ///< per call of send()
    QList<quint64> proofMarks;     ///< as requested
    QList<qsizetype> sentAtProofs; ///< how many were in `sent` then
    transport::SendStatus nextStatus = transport::SendStatus::Sent;
    std::optional<engineio::CloseReason> closed;

private:
    SessionId m_sid{QByteArrayLiteral("sid-of-the-session")};
};

} // namespace concierge::test
