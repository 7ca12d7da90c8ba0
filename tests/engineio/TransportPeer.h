#pragma once

#include "EngineFixture.h"

#include <algorithm>
#include <utility>

namespace concierge::test {

enum class Over : quint8 { Polling, WebSocket };

using Packets = QList<QByteArray>;
using Marks = QList<quint64>;

/// A fixture with one session, and its peer: over polling one that always has a GET waiting.
struct Peer
{
    explicit Peer(Over transport, const engineio::EngineOptions &options = {})
        : fixture(options)
    {
        if (transport == Over::WebSocket) {
            socket = fixture.openWebSocket();
        } else {
            sid = fixture.openPolling();
            poll = fixture.get(sid);
        }
        take();
    }

    engineio::Session &session() { return *log().session; }
    SessionLog &log() { return *fixture.logs.front(); }
    void send(const QByteArray &text) { EngineFixture::sendText(session(), text); }
    void say(const QByteArray &packet)
    {
        if (socket)
            socket->receiveText(packet);
        else
            fixture.post(sid, packet);
    }
    /// The turn ends: what has come since the last call.
    Packets take()
    {
        fixture.turn();
        return received();
    }
    /// The same, `duration` later.
    Packets takeAfter(Milliseconds duration)
    {
        for (const Milliseconds end = fixture.clock.monotonic() + duration;
             fixture.clock.monotonic() < end;) {
            fixture.wait(std::min(Milliseconds(10), end - fixture.clock.monotonic()));
            gather();
        }
        return received();
    }

    EngineFixture fixture;
    QByteArray sid;
    EngineFixture::Exchange poll;
    EngineFixture::Socket socket;

private:
    void gather()
    {
        if (socket) {
            packets += socket->texts();
            socket->sent.clear();
        } else if (poll->isAnswered()) {
            packets += poll->body().split('\x1e');
            poll = fixture.get(sid);
        }
    }
    Packets received()
    {
        gather();
        return std::exchange(packets, {});
    }

    Packets packets;
};

inline void addTransports()
{
    QTest::addColumn<Over>("transport");
    QTest::newRow("polling") << Over::Polling;
    QTest::newRow("WebSocket") << Over::WebSocket;
}

} // namespace concierge::test

Q_DECLARE_METATYPE(concierge::test::Over)
