#include "GatewayFixture.h"

#include "auth/Keys.h"

#include <QMessageAuthenticationCode>
#include <QTest>

using namespace concierge;
using concierge::test::only;

namespace {

const QByteArray secret = QByteArrayLiteral("a secret of the tests, 32 bytes or more");
constexpr qint64 nowSeconds = 1'700'000'000; // the fake clock's

QByteArray base64Url(QByteArrayView bytes)
{
    return bytes.toByteArray().toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
}

QByteArray tokenOf(const QByteArray &claims, const QByteArray &key = secret)
{
    const QByteArray text = base64Url(R"({"alg":"HS256"})") + '.' + base64Url(claims);
    return text + '.' + base64Url(QMessageAuthenticationCode::hash(text, key, QCryptographicHash::Sha256));
}

QByteArray tokenUntil(qint64 seconds, const QByteArray &user = "ann")
{
    return tokenOf(R"({"id":")" + user + R"(","exp":)" + QByteArray::number(nowSeconds + seconds) + '}');
}

std::shared_ptr<const auth::Verifier> keysOf(const QByteArray &text)
{
    return std::make_shared<const auth::Verifier>(auth::TokenRules(), auth::readSecrets(text).value());
}

// Outside the macros: moc does not read raw strings there.
const QByteArray unauthorized = R"(44{"message":"unauthorized"})";
const QByteArray expiredInTenSeconds =
    R"(42["tokenExpired",{"expiredAt":"2023-11-14T22:13:30.000Z","closesAt":"2023-11-14T22:14:00.000Z"}])";
const QByteArray goodbye =
    R"(42["errorEvent",{"event":"authenticate","code":"unauthorized","message":"the token has expired: connect with a fresh one"}])";
const QByteArray renewed = R"(437[{"ok":true,"userId":"ann","expiresAt":"2023-11-14T22:15:00.000Z"}])";
const QByteArray authenticateForbidden = R"("event":"authenticate","code":"forbidden")";
const QByteArray refusedWith = R"(431[{"ok":false,"error":{"code":")";
const QByteArray forged = tokenOf(R"({"id":"ann"})", "guess");

/// A gateway in token mode, and one client.
struct Fixture
{
    explicit Fixture(bool limitsChats = false)
    {
        gateway.requireTokens(std::make_unique<app::SignIn>(app::SignInOptions{"token", limitsChats},
                                                            keysOf(secret), deadlines, counters));
        server.addNamespace("/", gateway);
        ann.listener = server.onSession(ann);
    }
    ~Fixture()
    {
        if (ann.listener)
            ann.lose(engineio::CloseReason::TransportClose);
    }
    Fixture(const Fixture &) = delete;
    Fixture &operator=(const Fixture &) = delete;

    std::vector<chat::Command> takeCommands()
    {
        gateway.submit();
        return std::exchange(sink.taken, {});
    }
    /// Says CONNECT, and yields the answer.
    QByteArray connect(const QByteArray &token, const QByteArray &more = {})
    {
        ann.receive(R"(0{"token":")" + token + '"' + more + '}');
        const auto sent = ann.takeSent();
        return sent.isEmpty() ? QByteArray() : QByteArray(sent.at(0));
    }
    std::uint64_t refused(metrics::Refused reason) const { return counters.read(reason); }
    void pass(Milliseconds by)
    {
        clock.advance(by);
        deadlines.advance();
    }
    QByteArrayList said()
    {
        QByteArrayList all;
        for (const auto &packet : ann.takeSent())
            all.append(packet);
        return all;
    }

    test::FakeClock clock;
    transport::DeadlineWheel deadlines{clock};
    metrics::ThreadCounters counters;
    test::RecordingSink sink;
    app::ChatGateway gateway{{3, {}, "offsets", true}, sink, deadlines, counters};
    socketio::Server server{socketio::ServerOptions{Milliseconds(1'000'000)}, deadlines, counters};
    test::FakeSession ann;
};

} // namespace

// The slots stand outside the class: moc loses count of braces in raw strings.
class TestSignIn : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void connect_withAGoodToken_isToldToTheChat();
    void connect_withoutOne_isRefused_andTheChatHearsNothing();
    void connect_withAPid_saysWhoOwnsIt();
    void token_expires_isTold_thenEndsTheConnection();
    void token_withoutExpiry_lasts();
    void token_ofYears_isLookedAtAgain();
    void authenticate_movesTheEnd();
    void authenticate_withoutAck_isSilent();
    void otherKeys_countForWhoComesLater();
    void events_ofAnother_areRefusedBeforeTheChat_data();
    void events_ofAnother_areRefusedBeforeTheChat();
};

void TestSignIn::connect_withAGoodToken_isToldToTheChat()
{
    Fixture f;
    QVERIFY(!test::replied(f.connect(tokenUntil(60)), "sid").isEmpty());
    const auto commands = f.takeCommands();
    QVERIFY(only<chat::SocketConnected>(commands));
}

void TestSignIn::connect_withoutOne_isRefused_andTheChatHearsNothing()
{
    Fixture f;
    QCOMPARE(f.connect(forged), unauthorized);
    QCOMPARE(f.refused(metrics::Refused::TokenSignature), std::uint64_t(1));
    f.ann.receive("0");
    QCOMPARE(f.ann.takeSent().at(0), unauthorized);
    QCOMPARE(f.refused(metrics::Refused::TokenMissing), std::uint64_t(1));
    f.ann.receive(R"(0{"token":")" + tokenUntil(60) + R"(","token":")" + tokenUntil(60) + R"("})");
    f.ann.takeSent();
    QCOMPARE(f.refused(metrics::Refused::TokenMalformed), std::uint64_t(1));
    QVERIFY(f.takeCommands().empty());
    QCOMPARE(f.counters.read(metrics::Counter::SocketsConnected), std::uint64_t(0));
}

void TestSignIn::connect_withAPid_saysWhoOwnsIt()
{
    Fixture f;
    f.connect(tokenUntil(60), R"(,"pid":"the-old-pid","offset":"o")");
    const auto commands = f.takeCommands();
    const auto *command = only<chat::RecoverSocket>(commands);
    QVERIFY(command);
    QCOMPARE(command->owner.utf8(), QByteArray("ann"));
    QCOMPARE(command->pid, QByteArray("the-old-pid"));
}

void TestSignIn::token_expires_isTold_thenEndsTheConnection()
{
    Fixture f;
    f.connect(tokenUntil(10));
    f.takeCommands();
    f.pass(Milliseconds(9'990));
    QCOMPARE(f.said(), QByteArrayList());
    f.pass(Milliseconds(20));
    QCOMPARE(f.said(), QByteArrayList{expiredInTenSeconds});
    f.pass(Milliseconds(29'960));
    QCOMPARE(f.said(), QByteArrayList());
    QVERIFY(f.takeCommands().empty());
    f.pass(Milliseconds(40));
    QCOMPARE(f.counters.read(metrics::Counter::SocketsExpired), std::uint64_t(1));
    const auto commands = f.takeCommands();
    const auto *ended = only<chat::SocketDisconnected>(commands);
    QVERIFY(ended);
    QVERIFY(!ended->isFinal); // it may come back with another token, and goes on where it was
    QCOMPARE(f.said(), QByteArrayList{goodbye});
}

void TestSignIn::token_withoutExpiry_lasts()
{
    Fixture f;
    f.connect(tokenOf(R"({"id":"ann"})"));
    f.takeCommands();
    for (int i = 0; i < 100; ++i)
        f.pass(std::chrono::hours(24));
    QVERIFY(f.takeCommands().empty());
}

/// The wheel's time stands still while a machine sleeps, and an operator may set the clock.
void TestSignIn::token_ofYears_isLookedAtAgain()
{
    Fixture f;
    f.connect(tokenUntil(3'600));
    f.takeCommands();
    for (int i = 0; i < 59; ++i) {
        f.pass(Milliseconds(60'000));
        QCOMPARE(f.said(), QByteArrayList());
    }
    f.pass(Milliseconds(60'008));
    QCOMPARE(f.said().size(), 1);
}

void TestSignIn::authenticate_movesTheEnd()
{
    Fixture f;
    f.connect(tokenUntil(10));
    f.takeCommands();
    f.pass(Milliseconds(20'000));
    QCOMPARE(f.said().size(), 1);
    f.ann.receive(R"(27["authenticate",")" + tokenUntil(100) + R"("])");
    QCOMPARE(f.said(), QByteArrayList{renewed});
    f.takeCommands();
    f.pass(Milliseconds(79'000));
    QCOMPARE(f.said(), QByteArrayList());
    f.pass(Milliseconds(2'000));
    QCOMPARE(f.said().size(), 1); // told anew
    QVERIFY(f.takeCommands().empty());
}

void TestSignIn::authenticate_withoutAck_isSilent()
{
    Fixture f;
    f.connect(tokenUntil(10));
    f.ann.receive(R"(2["authenticate",{"token":")" + tokenUntil(100) + R"("}])");
    QCOMPARE(f.said(), QByteArrayList());
    f.ann.receive(R"(2["authenticate",{"token":")" + tokenUntil(100, "ben") + R"("}])");
    QVERIFY(f.said().at(0).contains(authenticateForbidden));
}

void TestSignIn::otherKeys_countForWhoComesLater()
{
    Fixture f;
    f.connect(tokenUntil(10));
    f.takeCommands();
    f.gateway.signIn()->useKeys(keysOf("another secret, 32 bytes or more ..."));
    QVERIFY(f.takeCommands().empty());
    f.ann.receive(R"(27["authenticate",")" + tokenUntil(100) + R"("])");
    QVERIFY(f.said().at(0).contains("unauthorized"));
}

void TestSignIn::events_ofAnother_areRefusedBeforeTheChat_data()
{
    QTest::addColumn<QByteArray>("packet");
    QTest::addColumn<QByteArray>("code"); // empty: it goes to the chat
    const auto row = [](const char *name, const char *packet, const char *code) {
        QTest::newRow(name) << QByteArray(packet) << QByteArray(code);
    };
    row("newUser of oneself", R"(21["newUser","ann"])", "");
    row("newUser of another", R"(21["newUser","ben"])", "forbidden");
    row("newUser in another case", R"(21["newUser","Ann"])", "forbidden");
    row("a message of oneself",
        R"(21["sendMessage",{"receiverId":"b","data":{"text":"x","senderId":"ann"}}])", "");
    row("a message of whom it comes from", R"(21["sendMessage",{"receiverId":"b","data":{"text":"x"}}])", "");
    row("a message of another",
        R"(21["sendMessage",{"receiverId":"b","data":{"text":"x","senderId":"ben"}}])", "sender_mismatch");
    row("a chat that the token names", R"(21["joinChat",{"chatId":"c1"}])", "");
    row("another chat", R"(21["joinChat",{"chatId":"c2"}])", "forbidden");
    row("leaving it", R"(21["leaveChat",{"chatId":"c2"}])", "");
    row("a message to another chat: its members' right",
        R"(21["sendMessage",{"data":{"text":"x","chatId":"c2"}}])", "");
    row("a message to somebody, of another chat",
        R"(21["sendMessage",{"receiverId":"b","data":{"text":"x","chatId":"c2"}}])", "forbidden");
    row("a message to somebody, of the token's chat",
        R"(21["sendMessage",{"receiverId":"b","data":{"text":"x","chatId":"c1"}}])", "");
    row("typing in another chat: likewise", R"(21["typing",{"chatId":"c2","isTyping":true}])", "");
    row("typing to somebody, of another chat",
        R"(21["typing",{"receiverId":"b","chatId":"c2","isTyping":true}])", "forbidden");
    row("typing to somebody", R"(21["typing",{"receiverId":"b","isTyping":true}])", "");
}

void TestSignIn::events_ofAnother_areRefusedBeforeTheChat()
{
    QFETCH(QByteArray, packet);
    QFETCH(QByteArray, code);
    Fixture f(true);
    f.connect(tokenOf(R"({"id":"ann","chats":["c1"]})"));
    f.takeCommands();
    f.ann.receive(packet);
    const auto commands = f.takeCommands();
    QCOMPARE(commands.size(), std::size_t(1));
    const bool isRefused = std::holds_alternative<chat::SocketActive>(commands[0]);
    QCOMPARE(isRefused, !code.isEmpty());
    const QByteArrayList said = f.said();
    QCOMPARE(said.size(), isRefused ? 1 : 0);
    QVERIFY(!isRefused || said[0].startsWith(refusedWith + code + '"'));
}

QTEST_GUILESS_MAIN(TestSignIn)
#include "tst_sign_in.moc"
