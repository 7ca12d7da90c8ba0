#include "GatewayFixture.h"

#include <QTest>

#include <algorithm>

using namespace concierge;
using namespace concierge::app;
using concierge::test::getMessage;
using concierge::test::unmarked;
using metrics::Counter;
using Fixture = test::GatewayFixture;

class TestChatGateway : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void sockets_haveSerialsOfTheirOwn()
    {
        Fixture f;
        QCOMPARE(f.sockets.size(), 2U);
        QVERIFY(f.sockets[0] != f.sockets[1]);
        QCOMPARE(f.sockets[0].worker, 3U);
        QCOMPARE(f.sockets[1].worker, 3U);
    }

    void eventsOfATurn_areOneBatchInOrder()
    {
        Fixture f;
        f.ann.receive("20[\"newUser\",\"ann\"]");
        f.bob.receive("2[\"setStatus\",\"idle\"]");
        f.ann.receive("21[\"joinChat\",{\"chatId\":\"c\"}]");
        QVERIFY(f.gateway.hasCommands());
        QCOMPARE(f.sink.batches, 0);
        f.gateway.submit();
        QVERIFY(!f.gateway.hasCommands());
        QCOMPARE(f.sink.batches, 1);
        QCOMPARE(f.sink.taken.size(), 3U);
        const auto &first = std::get<chat::NewUser>(f.sink.taken[0]);
        QCOMPARE(first.origin, (chat::Origin{f.sockets[0], 0}));
        QCOMPARE(std::get<chat::SetStatus>(f.sink.taken[1]).origin,
                 (chat::Origin{f.sockets[1], std::nullopt}));
        QCOMPARE(std::get<chat::JoinChat>(f.sink.taken[2]).origin, (chat::Origin{f.sockets[0], 1}));
        f.gateway.submit();
        QCOMPARE(f.sink.batches, 1); // nothing to say
    }

    void messages_haveTheTimeOfTheirTurn()
    {
        Fixture f;
        const QByteArray message = "2[\"sendMessage\",{\"receiverId\":\"bob\",\"data\":{\"text\":\"hi\"}}]";
        const auto readAt = [](const chat::Command &command) {
            return std::get<chat::SendMessage>(command).readAt;
        };
        f.ann.receive(message);
        const Microseconds begin = f.clock.precise();
        f.clock.advance(Milliseconds(3));
        f.bob.receive(message); // the same turn
        const auto first = f.takeCommands();
        QCOMPARE(readAt(first[0]), begin);
        QCOMPARE(readAt(first[1]), begin);
        const auto second = f.commandsOf(message);
        QCOMPARE(readAt(second[0]), begin + Milliseconds(3));
    }

    void deliveryTime_isFromReadingToWriting_onceForEachMessage()
    {
        Fixture f;
        const auto times = [&f] { return f.counters.latency(metrics::Latency::Delivery).read(); };
        chat::Delivery delivery = unmarked({f.sockets[0], f.sockets[1]}, getMessage("{\"text\":\"hi\"}"));
        delivery.readAt = f.clock.precise();
        chat::Delivery waited = unmarked({f.sockets[0]}, getMessage("{\"text\":\"old\"}")); // in the inbox
        chat::Delivery late = unmarked({{Fixture::worker, 99}}, getMessage("{\"text\":\"late\"}"));
        late.readAt = f.clock.precise(); // its socket is gone
        f.gateway.deliver({delivery, waited, late});
        f.clock.advance(Milliseconds(7));
        f.gateway.noteWritten();
        QCOMPARE(times().count(), 1U);
        QCOMPARE(times().sum(), 7'000U);
        f.gateway.noteWritten();
        QCOMPARE(times().count(), 1U);
    }

    void refusal_isAnsweredAtOnce_data()
    {
        QTest::addColumn<QByteArray>("packet");
        QTest::addColumn<QByteArray>("answer"); // its beginning
        QTest::newRow("bad input with an ack")
            << QByteArray("27[\"newUser\",null]")
            << QByteArray("437[{\"ok\":false,\"error\":{\"code\":\"invalid_payload\",\"message\":\"");
        QTest::newRow("bad input without")
            << QByteArray("2[\"newUser\",null]")
            << QByteArray(
                   "42[\"errorEvent\",{\"event\":\"newUser\",\"code\":\"invalid_payload\",\"message\":\"");
        QTest::newRow("unknown event with an ack")
            << QByteArray("27[\"nonsense\"]")
            << QByteArray("437[{\"ok\":false,\"error\":{\"code\":\"unknown_event\",\"message\":"
                          "\"there is no event \\\"nonsense\\\"\"}}]");
        QTest::newRow("unknown event without")
            << QByteArray("2[\"nonsense\"]")
            << QByteArray("42[\"errorEvent\",{\"event\":\"nonsense\",\"code\":\"unknown_event\",\"message\":"
                          "\"there is no event \\\"nonsense\\\"\"}]");
    }
    void refusal_isAnsweredAtOnce()
    {
        QFETCH(QByteArray, packet);
        QFETCH(QByteArray, answer);
        Fixture f;
        f.ann.receive(packet);
        const QList<QByteArray> sent = f.ann.takeSent();
        QCOMPARE(sent.size(), 1);
        QCOMPARE(sent.first().first(std::min(sent.first().size(), answer.size())), answer);
        QCOMPARE(f.bob.takeSent(), QList<QByteArray>());
        QCOMPARE(f.counters.read(Counter::EventsRejected), 1U);
        const auto code = answer.contains("unknown_event") ? chat::ErrorCode::UnknownEvent
                                                           : chat::ErrorCode::InvalidPayload;
        QCOMPARE(f.counters.readRejected(static_cast<quint8>(code)), 1U);
        // It counts as activity all the same.
        f.gateway.submit();
        QCOMPARE(f.sink.taken.size(), 1U);
        QCOMPARE(std::get<chat::SocketActive>(f.sink.taken[0]).socket, f.sockets[0]);
    }

    void longUnknownEvent_isShownCutBetweenCharacters_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::newRow("ascii") << QByteArray(1000, 'x');
        QTest::newRow("two bytes") << 'x' + QByteArray("é").repeated(100);
        QTest::newRow("three bytes") << QByteArray("語").repeated(100);
        QTest::newRow("four bytes") << 'x' + QByteArray("😀").repeated(100);
    }
    void longUnknownEvent_isShownCutBetweenCharacters()
    {
        QFETCH(QByteArray, name);
        Fixture f;
        f.ann.receive("27[\"" + name + "\"]");
        const QList<QByteArray> sent = f.ann.takeSent();
        QCOMPARE(sent.size(), 1);
        QVERIFY2(json::validate(QByteArrayView(sent.first()).sliced(3), 8).hasValue(),
                 sent.first().constData());
        QVERIFY(sent.first().contains("…"));
        QVERIFY(sent.first().size() < 200);
    }

    void deepEvent_isRefusedAndNothingElse_data()
    {
        QTest::addColumn<int>("depth"); // of metadata, which is the fourth level
        QTest::addColumn<bool>("isTaken");
        QTest::newRow("64 in all") << 61 << true;
        QTest::newRow("65 in all") << 62 << false;
        QTest::newRow("1,024 in all") << 1'021 << false;
    }
    void deepEvent_isRefusedAndNothingElse()
    {
        QFETCH(int, depth);
        QFETCH(bool, isTaken);
        Fixture f;
        QByteArray deep = "{}";
        for (int i = 1; i < depth; ++i)
            deep = "{\"a\":" + deep + '}';
        f.ann.receive("21[\"sendMessage\",{\"receiverId\":\"bob\",\"data\":{\"text\":\"a\",\"metadata\":" +
                      deep + "}}]");
        f.gateway.submit();
        QCOMPARE(std::holds_alternative<chat::SendMessage>(f.sink.taken.at(0)), isTaken);
        const QList<QByteArray> sent = f.ann.takeSent();
        QCOMPARE(sent.size(), isTaken ? 0 : 1);
        QVERIFY(isTaken || sent[0].startsWith("431[{\"ok\":false,\"error\":{\"code\":\"invalid_payload\""));
        QVERIFY(!f.ann.closed);
    }

    void overload_refusesEventsOnly()
    {
        Fixture f;
        f.sink.isOpen = false;
        f.ann.receive("20[\"newUser\",\"ann\"]");
        f.ann.receive("2[\"typing\",{\"receiverId\":\"bob\",\"isTyping\":true}]");
        const QList<QByteArray> sent = f.ann.takeSent();
        QCOMPARE(sent.size(), 2);
        QVERIFY(sent[0].startsWith("430[{\"ok\":false,\"error\":{\"code\":\"unavailable\""));
        QVERIFY(sent[1].startsWith("42[\"errorEvent\",{\"event\":\"typing\",\"code\":\"unavailable\""));
        QCOMPARE(f.counters.read(Counter::MailboxRefused), 2U);
        // An end is told whatever happens, or users would stay online for ever.
        f.bob.lose(engineio::CloseReason::TransportClose);
        f.gateway.submit();
        QCOMPARE(std::get<chat::SocketDisconnected>(f.sink.taken.back()).socket, f.sockets[1]);
        f.sink.taken.clear();
        f.sink.isOpen = true;
        QCOMPARE(f.commandsOf("2[\"newUser\",\"ann\"]").size(), 1U);
    }

    void push_isEncodedOnceForAllItsSockets()
    {
        Fixture f;
        f.gateway.deliver({unmarked(f.sockets, getMessage("{\"text\":\"hi\"}"))});
        QCOMPARE(f.ann.sent.size(), 1);
        QCOMPARE(f.bob.sent.size(), 1);
        QCOMPARE(f.ann.sent[0].data, QByteArray("42[\"getMessage\",{\"text\":\"hi\"}]"));
        QVERIFY(f.ann.sent[0].data.isSharedWith(f.bob.sent[0].data));
        QCOMPARE(f.ann.wereVolatile, QList<bool>{false});
    }

    void typing_isVolatile()
    {
        Fixture f;
        f.gateway.deliver({unmarked({f.sockets[0]}, chat::TypingPush{UserId("bob"), {}, true})});
        QCOMPARE(f.ann.wereVolatile, QList<bool>{true});
    }

    void outbound_keepsItsOrder()
    {
        Fixture f;
        const chat::SocketRef ann = f.sockets[0];
        f.ann.receive("25[\"setStatus\",\"idle\"]");
        f.gateway.deliver({unmarked({ann}, getMessage("{\"text\":\"1\"}")),
                           chat::Reply{ann, 5, "setStatus", chat::Done{}},
                           unmarked({ann}, getMessage("{\"text\":\"2\"}"))});
        QCOMPARE(f.ann.takeSent(),
                 QList<QByteArray>({"42[\"getMessage\",{\"text\":\"1\"}]", "435[{\"ok\":true}]",
                                    "42[\"getMessage\",{\"text\":\"2\"}]"}));
    }

    void outboundForSomeoneGone_isDropped()
    {
        Fixture f;
        f.bob.lose(engineio::CloseReason::TransportClose);
        f.gateway.deliver({unmarked(f.sockets, getMessage("{\"text\":\"hi\"}")),
                           chat::Reply{f.sockets[1], 5, "setStatus", chat::Done{}}});
        QCOMPARE(f.ann.takeSent().size(), 1);
        QCOMPARE(f.bob.takeSent(), QList<QByteArray>());
    }

    void replyWithoutAckId_isSaidOnlyWhenItIsAnError()
    {
        Fixture f;
        const chat::Error error{chat::ErrorCode::NotRegistered, "say newUser first"};
        f.gateway.deliver({chat::Reply{f.sockets[0], std::nullopt, "setStatus", chat::Done{}},
                           chat::Reply{f.sockets[0], std::nullopt, "setStatus", error}});
        QCOMPARE(f.ann.takeSent(),
                 QList<QByteArray>({"42[\"errorEvent\",{\"event\":\"setStatus\",\"code\":\"not_registered\","
                                    "\"message\":\"say newUser first\"}]"}));
    }

    void reportDrained_isAnsweredWhenTheSocketIsWritable()
    {
        Fixture f;
        const auto isReport = [&](const std::vector<chat::Command> &commands) {
            const auto *report =
                commands.size() == 1 ? std::get_if<chat::SocketDrained>(&commands[0]) : nullptr;
            return report && report->socket == f.sockets[0];
        };
        f.gateway.deliver({chat::ReportDrained{f.sockets[0]}});
        f.gateway.submit();
        QVERIFY(isReport(std::exchange(f.sink.taken, {})));

        f.ann.nextStatus = transport::SendStatus::Buffered;
        f.gateway.deliver(
            {unmarked({f.sockets[0]}, getMessage("{\"text\":\"hi\"}")), chat::ReportDrained{f.sockets[0]}});
        f.gateway.submit();
        QCOMPARE(f.sink.taken.size(), 0U);
        f.ann.drain();
        f.gateway.submit();
        QVERIFY(isReport(std::exchange(f.sink.taken, {})));
        f.ann.drain(); // nobody asked again
        f.gateway.submit();
        QCOMPARE(f.sink.taken.size(), 0U);
    }

    void reportDrained_ofSomeoneGone_isNotAnswered()
    {
        Fixture f;
        f.ann.nextStatus = transport::SendStatus::Buffered;
        f.gateway.deliver({chat::ReportDrained{f.sockets[0]}});
        f.ann.lose(engineio::CloseReason::TransportClose);
        f.gateway.deliver({chat::ReportDrained{f.sockets[0]}});
        f.gateway.submit();
        QCOMPARE(f.sink.taken.size(), 1U);
        QCOMPARE(std::get<chat::SocketDisconnected>(f.sink.taken[0]).socket, f.sockets[0]);
    }

    void visit_goesThroughAllSockets_fewAtATime()
    {
        Fixture fixture;
        QCOMPARE(fixture.connectCarl().size(), std::size_t(1));
        std::vector<quint64> visited;
        const auto note = [&visited](socketio::Socket &socket) { visited.push_back(socket.tag); };
        const quint64 second = fixture.gateway.visitBehind(0, 2, note);
        QCOMPARE(visited.size(), std::size_t(2));
        QCOMPARE(second, visited.back());
        QCOMPARE(fixture.gateway.visitBehind(second, 2, note), fixture.gateway.lastTag());
        QCOMPARE(visited.size(), std::size_t(3));
        QVERIFY(std::is_sorted(visited.begin(), visited.end()));
        QCOMPARE(fixture.gateway.visitBehind(fixture.gateway.lastTag(), 2, note), quint64(0));
    }

    void visit_mayEndTheSocketItIsGiven()
    {
        Fixture fixture;
        int count = 0;
        fixture.gateway.visitBehind(0, 10, [&count](socketio::Socket &socket) {
            ++count;
            socket.disconnect();
        });
        QCOMPARE(count, 2);
        QCOMPARE(fixture.ann.takeSent().back(), QByteArray("41"));
        const auto commands = fixture.takeCommands();
        QCOMPARE(commands.size(), std::size_t(2));
        for (const chat::Command &command : commands) // nobody may come back for it
            QVERIFY(std::get<chat::SocketDisconnected>(command).isFinal);
        QCOMPARE(fixture.gateway.visitBehind(0, 10, [](socketio::Socket &) {}), quint64(0));
    }

    void slowConsumer_endsAndIsToldOf()
    {
        Fixture f;
        f.ann.nextStatus = transport::SendStatus::Dropped;
        f.gateway.deliver({unmarked(f.sockets, getMessage("{\"text\":\"hi\"}"))});
        QCOMPARE(f.bob.takeSent().size(), 1);
        f.ann.endTurn();
        f.gateway.submit();
        QCOMPARE(f.sink.taken.size(), 1U);
        QCOMPARE(std::get<chat::SocketDisconnected>(f.sink.taken[0]).socket, f.sockets[0]);
    }
};

QTEST_GUILESS_MAIN(TestChatGateway)
#include "tst_chat_gateway.moc"
