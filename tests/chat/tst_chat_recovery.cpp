#include "ChatFixture.h"

#include "chat/EarlyEvents.h"

#include <QTest>

using namespace concierge;
using namespace concierge::test;
using chat::PresenceMode;

namespace {

/// bob's connection is lost, and may come back.
struct Fixture
{
    explicit Fixture(chat::ChatOptions options = {})
        : chat(options)
    {
        ann = chat.login("ann");
        bob = chat.login("bob");
    }
    /// bob's client comes back with what it has.
    chat::SocketRef recover(std::optional<QByteArray> offset = {})
    {
        return chat.reconnect(Chat::pidOf(bob), offset.value_or(chat.offset(bob)), 1);
    }
    qsizetype waiting() const { return chat.memory.waiting(UserId("bob")); }

    Chat chat;
    chat::SocketRef ann;
    chat::SocketRef bob;
};

/// A copy of an offset with one character changed.
QByteArray changed(QByteArray offset, qsizetype at)
{
    offset[at] = offset[at] == 'A' ? 'B' : 'A';
    return offset;
}

} // namespace

class TestChatRecovery : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void lostConnection_comesBackAsItself()
    {
        Fixture f;
        const QByteArray offset = f.chat.offset(f.bob);
        f.chat.lose(f.bob);
        f.chat.send(f.ann, "bob", "one");
        f.chat.send(f.ann, "bob", "two");
        QCOMPARE(f.chat.heard(f.ann), (QByteArrayList{"stored", "stored"}));
        const auto back = f.recover(offset);
        QCOMPARE(f.chat.heard(back),
                 (QByteArrayList{"missed getMessage one", "missed getMessage two", "recovered"}));
        const chat::AcceptSocket &answer = f.chat.sink.accepted[back];
        QCOMPARE(answer.sid, SocketId("sid" + QByteArray::number(f.bob.serial)));
        QCOMPARE(f.chat.count(metrics::Counter::SocketsRecovered), 1U);
        QCOMPARE(answer.pid, Chat::pidOf(f.bob));
        QCOMPARE(f.waiting(), 0); // proven by what was missed, and never both
        QCOMPARE(f.chat.heard(f.ann), (QByteArrayList{"state of bob delivered", "state of bob delivered"}));
        // Its registration is back.
        f.chat.send(f.ann, "bob", "three");
        QCOMPARE(f.chat.heard(back), QByteArrayList{"getMessage three"});
        f.chat.send(back, "ann", "answer");
        QCOMPARE(f.chat.sink.lastMessage->sender, UserId("bob"));
        // So the client need not say newUser; where it does, nothing comes twice.
        f.chat.heard(back);
        f.chat.newUser(back, "bob", PresenceMode::None);
        QCOMPARE(f.chat.heard(back), QByteArrayList{"registered bob pending 0"});
    }

    void offset_tellsWhatTheClientHas_data()
    {
        QTest::addColumn<int>("has");
        QTest::newRow("nothing") << 0;
        QTest::newRow("one") << 1;
        QTest::newRow("two") << 2;
        QTest::newRow("all") << 3;
    }
    void offset_tellsWhatTheClientHas()
    {
        QFETCH(int, has);
        Fixture f;
        f.chat.mute.insert(f.bob);
        QList<QByteArray> offsets{f.chat.offset(f.bob)};
        QByteArrayList missed;
        for (int i = 1; i <= 3; ++i) {
            f.chat.send(f.ann, "bob", QByteArray::number(i));
            offsets.append(f.chat.offset(f.bob));
            if (i > has)
                missed.append("missed getMessage " + QByteArray::number(i));
        }
        f.chat.lose(f.bob);
        QCOMPARE(f.chat.heard(f.ann), (QByteArrayList{"stored", "stored", "stored"}));
        const auto back = f.recover(offsets[has]);
        QCOMPARE(f.chat.heard(back), missed + QByteArrayList{"recovered"});
        QCOMPARE(f.waiting(), 0);
        QCOMPARE(f.chat.heard(f.ann).size(), 3); // all three delivered by now
    }

    void noOffset_withAKnownPid_isFromTheStart()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        const auto bob = chat.connect();
        chat.mute.insert(bob);
        chat.newUser(bob, "bob", PresenceMode::None);
        chat.send(ann, "bob", "one");
        chat.lose(bob); // its client saw nothing of it
        const auto back = chat.reconnect(Chat::pidOf(bob), {});
        QCOMPARE(chat.heard(back), (QByteArrayList{"missed getMessage one", "recovered"}));
    }

    void neverRegistered_isANewSocket()
    {
        Chat chat;
        const auto socket = chat.connect();
        chat.lose(socket); // and its newUser, perhaps, which it says again only if it is new
        const auto back = chat.reconnect(Chat::pidOf(socket), {});
        QCOMPARE(chat.heard(back), QByteArrayList{"new"});
        chat.newUser(back, "bob", PresenceMode::None);
        QCOMPARE(chat.heard(back), QByteArrayList{"registered bob pending 0"});
    }

    void whatCannotBeRecovered_isANewSocket_andTheOffsetSettlesTheInbox_data()
    {
        QTest::addColumn<QString>("why");
        for (const char *why : {"left", "window is over", "limit", "unknown pid", "crash", "wrong offset"})
            QTest::newRow(why) << QString::fromLatin1(why);
    }
    void whatCannotBeRecovered_isANewSocket_andTheOffsetSettlesTheInbox()
    {
        QFETCH(QString, why);
        chat::ChatOptions options;
        if (why == u"limit")
            options.recoveryMaxBytes = 100;
        Fixture f(options);
        f.chat.mute.insert(f.bob);
        f.chat.send(f.ann, "bob", "seen");
        QByteArray offset = f.chat.offset(f.bob);
        f.chat.send(f.ann, "bob", "not seen");
        QByteArray pid = Chat::pidOf(f.bob);
        if (why == u"left")
            f.chat.disconnect(f.bob);
        else
            f.chat.lose(f.bob);
        if (why == u"window is over")
            f.chat.pass(options.recoveryWindow + Milliseconds(1));
        if (why == u"unknown pid")
            pid = "nonsense";
        if (why == u"crash") {
            f.chat.pass(Milliseconds(1'000));
            f.chat.crash();
            f.ann = f.chat.login("ann");
        }
        if (why == u"wrong offset")
            offset = changed(offset, 3);
        QCOMPARE(f.waiting(), 2);
        const auto back = f.chat.reconnect(pid, offset);
        QCOMPARE(f.chat.heard(back), QByteArrayList{"new"});
        QVERIFY(f.chat.sink.accepted[back].sid != SocketId("sid" + QByteArray::number(f.bob.serial)));
        QVERIFY(f.chat.sink.accepted[back].pid != Chat::pidOf(f.bob));
        f.chat.send(f.ann, "bob", "later"); // the new socket speaks for nobody yet
        f.chat.newUser(back, "bob", PresenceMode::None);
        const bool isSettled = why != u"wrong offset";
        QByteArrayList expected{"getMessage not seen", "getMessage later", "registered bob pending 2"};
        if (!isSettled)
            expected = {"getMessage seen", "getMessage not seen", "getMessage later",
                        "registered bob pending 3"};
        QCOMPARE(f.chat.heard(back), expected);
        QCOMPARE(f.waiting(), 0);
    }

    void offsetOfAnotherUser_settlesNothing()
    {
        Fixture f;
        const auto eve = f.chat.login("eve");
        f.chat.send(f.ann, "eve", "for eve");
        const QByteArray offset = f.chat.offset(eve);
        f.chat.disconnect(f.bob);
        f.chat.send(f.ann, "bob", "for bob");
        const auto back = f.chat.reconnect("nonsense", offset);
        f.chat.newUser(back, "bob", PresenceMode::None);
        QCOMPARE(f.chat.heard(back),
                 (QByteArrayList{"new", "getMessage for bob", "registered bob pending 1"}));
        // Nor does eve's offset bring bob's socket back.
        f.chat.lose(back);
        const auto again = f.chat.reconnect(f.chat.sink.accepted[back].pid, offset);
        QCOMPARE(f.chat.heard(again), QByteArrayList{"new"});
    }

    void offsetThatIsOlderThanWhatIsHeld_isANewSocket()
    {
        Fixture f;
        const QByteArray old = f.chat.offset(f.bob);
        f.chat.send(f.ann, "bob", "one");
        f.chat.send(f.ann, "bob", "two"); // proven, so no longer held
        f.chat.lose(f.bob);
        const auto back = f.recover(old);
        QCOMPARE(f.chat.heard(back), QByteArrayList{"new"});
    }

    void openConnection_isTakenOver()
    {
        Fixture f;
        f.chat.mute.insert(f.bob);
        const QByteArray offset = f.chat.offset(f.bob);
        f.chat.send(f.ann, "bob", "into a dead line");
        QCOMPARE(f.chat.heard(f.bob), QByteArrayList{"getMessage into a dead line"});
        const auto back = f.recover(offset);
        QCOMPARE(f.chat.heard(f.bob), QByteArrayList{"ended"});
        QCOMPARE(f.chat.heard(back), (QByteArrayList{"missed getMessage into a dead line", "recovered"}));
        f.chat.say(chat::SocketDisconnected{f.bob, false}); // what the old one's worker says of it
        f.chat.send(f.ann, "bob", "two");
        QCOMPARE(f.chat.heard(back), QByteArrayList{"getMessage two"});
        QCOMPARE(f.waiting(), 0);
    }

    void twice_works()
    {
        Fixture f;
        f.chat.lose(f.bob);
        f.chat.send(f.ann, "bob", "one");
        const QByteArray first = f.chat.offset(f.bob);
        auto back = f.recover(first);
        QCOMPARE(f.chat.heard(back).size(), 2);
        const QByteArray offset = f.chat.offset(back);
        f.chat.lose(back);
        f.chat.send(f.ann, "bob", "two");
        back = f.recover(offset);
        QCOMPARE(f.chat.heard(back), (QByteArrayList{"missed getMessage two", "recovered"}));
    }

    void onlyTheOwner_getsItBack_data()
    {
        QTest::addColumn<QByteArray>("owner"); // empty: open mode
        QTest::addColumn<bool>("isLost");
        QTest::addColumn<bool>("isRecovered");
        for (const bool isLost : {true, false}) {
            const auto row = [isLost](const char *name, const char *owner, bool isRecovered) {
                QTest::addRow("%s%s", name, isLost ? "" : ", while the connection is open")
                    << QByteArray(owner) << isLost << isRecovered;
            };
            row("open mode", "", true);
            row("the owner", "bob", true);
            row("another user", "eve", false);
        }
    }
    void onlyTheOwner_getsItBack()
    {
        QFETCH(QByteArray, owner);
        QFETCH(bool, isLost);
        QFETCH(bool, isRecovered);
        chat::ChatOptions options;
        options.trustSenderId = owner.isEmpty();
        Fixture f(options);
        const QByteArray offset = f.chat.offset(f.bob);
        if (isLost)
            f.chat.lose(f.bob);
        const auto back = f.chat.reconnect(Chat::pidOf(f.bob), offset, 1, owner);
        QCOMPARE(f.chat.sink.accepted[back].isRecovered, isRecovered);
        if (isRecovered)
            return;
        // Nor may it send as whom the pid was registered for.
        f.chat.heard(f.ann);
        f.chat.send(back, "ann", "I am bob");
        f.chat.pass(chat::EarlyEvents::patience + Milliseconds(1));
        QVERIFY(f.chat.heard(back).contains("sendMessage refused not_registered"));
        QCOMPARE(f.chat.heard(f.ann), QByteArrayList());
        if (!isLost) { // and the owner has lost nothing
            f.chat.send(f.ann, "bob", "still there");
            QCOMPARE(f.chat.heard(f.bob).last(), QByteArray("getMessage still there"));
        }
    }

    void neverRegistered_isNobodysInTokenMode()
    {
        Fixture f;
        const auto carl = f.chat.connect();
        f.chat.lose(carl);
        QVERIFY(!f.chat.sink.accepted[f.chat.reconnect(Chat::pidOf(carl), {}, 1, "carl")].isRecovered);
    }

    void missedButNotProven_comesAgain()
    {
        Fixture f;
        const QByteArray offset = f.chat.offset(f.bob);
        f.chat.lose(f.bob);
        f.chat.send(f.ann, "bob", "one");
        // Both connections break before anything of it arrives.
        chat::SocketRef back{1, 100};
        f.chat.mute.insert(back);
        f.chat.say(chat::RecoverSocket{back, SocketId("x"), "x", Chat::pidOf(f.bob), offset});
        QCOMPARE(f.chat.heard(back), (QByteArrayList{"missed getMessage one", "recovered"}));
        f.chat.lose(back);
        QCOMPARE(f.waiting(), 1);
        const auto again = f.recover(offset);
        QCOMPARE(f.chat.heard(again), (QByteArrayList{"missed getMessage one", "recovered"}));
        QCOMPARE(f.waiting(), 0);
    }

    void duringAnInbox_goesOnWhereItWas()
    {
        Chat chat;
        const auto ann = chat.login("ann");
        constexpr int count = 40;
        for (int i = 0; i < count; ++i)
            chat.send(ann, "bob", QByteArray::number(i).rightJustified(5'000, '.'));
        const auto bob = chat.connect();
        chat.stall(bob);
        chat.newUser(bob, "bob", PresenceMode::None);
        QByteArrayList all = chat.heard(bob);
        const QByteArray offset = chat.offset(bob);
        chat.lose(bob);
        chat.send(ann, "bob", "meanwhile");
        const auto back = chat.reconnect(Chat::pidOf(bob), offset);
        const QByteArrayList rest = chat.heard(back);
        QCOMPARE(rest.first(), QByteArray("recovered"));
        all += rest.mid(1);
        QCOMPARE(all.size(), count + 1); // acknowledgements are not recovered
        for (int i = 0; i < count; ++i)
            QVERIFY(all.count("getMessage " + QByteArray::number(i).rightJustified(5'000, '.')) == 1);
        QCOMPARE(all.last(), QByteArray("getMessage meanwhile"));
        QCOMPARE(chat.memory.waiting(UserId("bob")), 0);
    }

    void receiptsAndSent_areReplayedToo_typingIsNot()
    {
        Fixture f;
        const auto laptop = f.chat.login("bob");
        const QByteArray offset = f.chat.offset(f.bob);
        f.chat.lose(f.bob);
        f.chat.sendAs(laptop, "m1", "ann", "from the laptop");
        f.chat.say(chat::Typing{{f.ann, {}}, UserId("bob"), {}, true});
        const auto back = f.recover(offset);
        QCOMPARE(f.chat.heard(back), (QByteArrayList{"missed messageSent to ann from the laptop",
                                                     "missed state m1 of ann delivered", "recovered"}));
    }

    void tabBesideIt_doesNotTakeItAway()
    {
        Fixture f;
        const auto laptop = f.chat.login("bob");
        const QByteArray offset = f.chat.offset(f.bob);
        f.chat.lose(f.bob);
        f.chat.send(f.ann, "bob", "one");
        QCOMPARE(f.chat.heard(laptop), QByteArrayList{"getMessage one"});
        QCOMPARE(f.chat.heard(f.ann), QByteArrayList{"delivered"});
        const auto back = f.recover(offset);
        QCOMPARE(f.chat.heard(back), (QByteArrayList{"missed getMessage one", "recovered"}));
    }

    // Such a client keeps no offsets of messages: what it has answered it has.
    void clientThatAcknowledges_isRecoveredWithWhatItHasNotAnswered()
    {
        Fixture f;
        const auto carl = f.chat.connect();
        f.chat.say(chat::NewUser{{carl, 1}, UserId("carl"), PresenceMode::List, true});
        const QByteArray offset = f.chat.offset(carl); // of the list
        f.chat.send(f.ann, "carl", "one");             // and answered
        f.chat.mute.insert(carl);
        f.chat.send(f.ann, "carl", "two");
        f.chat.lose(carl);
        const auto back = f.chat.reconnect(Chat::pidOf(carl), offset);
        QVERIFY(f.chat.sink.accepted[back].isRecovered);
        QVERIFY(f.chat.sink.accepted[back].acknowledges);
        QVERIFY(f.chat.heard(back).startsWith("missed getMessage two"));

        f.chat.lose(back); // and once more
        const auto again = f.chat.reconnect(Chat::pidOf(carl), offset);
        QVERIFY(f.chat.sink.accepted[again].isRecovered);
        QVERIFY(f.chat.sink.accepted[again].acknowledges);
        // Until it says otherwise.
        f.chat.newUser(again, "carl");
        f.chat.lose(again);
        QVERIFY(!f.chat.sink.accepted[f.chat.reconnect(Chat::pidOf(carl), offset)].isRecovered);
    }

    void presence_isRestored()
    {
        Chat chat;
        const auto bob = chat.connect();
        chat.newUser(bob, "bob", PresenceMode::List);
        chat.say(chat::WatchPresence{{bob, {}}, {UserId("ann")}});
        chat.pass(Milliseconds(10'000));
        const QByteArray offset = chat.offset(bob);
        QVERIFY(!offset.isEmpty());
        chat.lose(bob);
        const auto ann = chat.login("ann");
        const auto back = chat.reconnect(Chat::pidOf(bob), offset);
        QCOMPARE(chat.heard(back), (QByteArrayList{"recovered", "online ann,bob", "status ann online"}));
        chat.disconnect(ann);
        chat.pass(Milliseconds(10'000));
        QCOMPARE(chat.heard(back), (QByteArrayList{"status ann offline", "online bob"}));
    }

    void lostUser_goesOfflineAfterTheGrace_andComesBack()
    {
        Fixture f;
        const auto watcher = f.chat.login("lia", PresenceMode::Changes);
        f.chat.lose(f.bob);
        f.chat.pass(Milliseconds(10'000));
        QCOMPARE(f.chat.heard(watcher), QByteArrayList{"status bob offline"});
        f.recover();
        f.chat.pass(Milliseconds(10'000));
        QCOMPARE(f.chat.heard(watcher), QByteArrayList{"status bob online"});
    }

    void socketOfSeveralUsers_getsNothingTwice()
    {
        Fixture f;
        const auto socket = f.chat.connect();
        f.chat.newUser(socket, "r", PresenceMode::None);
        f.chat.mute.insert(socket);
        f.chat.send(f.ann, "r", "one");
        f.chat.newUser(socket, "q", PresenceMode::None);
        f.chat.send(f.ann, "r", "two");
        f.chat.newUser(socket, "r", PresenceMode::None);
        // "one" is on its way to that very socket.
        QCOMPARE(f.chat.heard(socket),
                 (QByteArrayList{"registered r pending 0", "getMessage one", "registered q pending 0",
                                 "getMessage two", "registered r pending 1"}));
    }

    void limit_endsTheLongestLost()
    {
        chat::ChatOptions options;
        options.recoveryMaxBytes = 20'000;
        Chat chat(options);
        const auto ann = chat.login("ann");
        const auto bob = chat.login("bob");
        const auto cid = chat.login("cid");
        const QByteArray bobs = chat.offset(bob);
        const QByteArray cids = chat.offset(cid);
        chat.lose(bob);
        chat.pass(Milliseconds(10));
        chat.lose(cid);
        chat.send(ann, "cid", QByteArray(8'000, 'c'));
        chat.send(ann, "bob", QByteArray(8'000, 'b'));
        chat.send(ann, "bob", QByteArray(8'000, 'b')); // too much: bob's goes, who was lost first
        const auto cidsBack = chat.reconnect(Chat::pidOf(cid), cids);
        QCOMPARE(chat.heard(cidsBack).size(), 2);
        const auto bobsBack = chat.reconnect(Chat::pidOf(bob), bobs);
        QCOMPARE(chat.heard(bobsBack), QByteArrayList{"new"});
        chat.newUser(bobsBack, "bob", PresenceMode::None);
        QCOMPARE(chat.heard(bobsBack).size(), 3);
    }

    void codec_data()
    {
        QTest::addColumn<qint64>("order");
        QTest::addColumn<qint64>("position");
        QTest::addColumn<int>("recent");
        QTest::newRow("first") << qint64(1) << qint64(0) << 0;
        QTest::newRow("caught up") << qint64(500) << qint64(500) << 0;
        QTest::newRow("later run") << (qint64(7) << 40) + 3 << (qint64(6) << 40) << 0;
        QTest::newRow("recent") << qint64(500) << qint64(500) << 1;
        QTest::newRow("all recent") << qint64(500) << qint64(400) << int(chat::OffsetCodec::maxRecent);
    }
    void codec()
    {
        QFETCH(qint64, order);
        QFETCH(qint64, position);
        QFETCH(int, recent);
        const chat::OffsetCodec codec(QByteArray(32, 's'));
        chat::Offset offset{order, position, {}};
        for (int i = 0; i < recent; ++i)
            offset.recent.push_back(0x0123456789abcdefULL * static_cast<quint64>(i + 1));
        const QByteArray text = codec.encode(offset, UserId("bob"));
        const auto decoded = codec.decode(text, UserId("bob"));
        QVERIFY(decoded);
        QCOMPARE(*decoded, offset);
        QVERIFY(!codec.decode(text, UserId("bobb")));
        QVERIFY(!chat::OffsetCodec(QByteArray(32, 't')).decode(text, UserId("bob")));
        for (qsizetype i = 0; i < text.size(); ++i) {
            const QByteArray other = changed(text, i);
            const auto wrong = codec.decode(other, UserId("bob"));
            // The last character may carry bits that count for nothing.
            QVERIFY2(!wrong || (i == text.size() - 1 && *wrong == offset), other.constData());
            QVERIFY(!codec.decode(QByteArrayView(text).first(i), UserId("bob")));
        }
        QVERIFY(!codec.decode(text + "AAAAAAAAAAA", UserId("bob")));
        QVERIFY(!codec.decode("", UserId("bob")));
        QVERIFY(!codec.decode(QByteArray(100'000, 'A'), UserId("bob")));
    }
};

QTEST_GUILESS_MAIN(TestChatRecovery)
#include "tst_chat_recovery.moc"
