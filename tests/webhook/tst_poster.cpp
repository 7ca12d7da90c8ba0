#include "FakeBackEnd.h"
#include "store/OutboxFixture.h"
#include "webhook/Poster.h"
#include "webhook/PosterThread.h"
#include "webhook/Signature.h"

#include <QtTest>

#include <utility>

using namespace concierge;
using namespace concierge::test;
using namespace concierge::webhook;

namespace {

const QByteArrayList keys{"0123456789abcdef0123456789abcdef"};

QByteArray numbers(int from, int count, const QSet<int> &without = {})
{
    QByteArrayList list;
    for (int i = from; i < from + count; ++i) {
        if (!without.contains(i))
            list.append(QByteArray::number(i));
    }
    return list.join(',');
}

} // namespace

/// What is posted to a back end that is there, is not, or is strange.
class PosterTest : public QObject
{
    Q_OBJECT

private:
    PosterOptions options() const
    {
        PosterOptions made;
        made.url = m_backEnd->url();
        made.timeout = Milliseconds(10'000);
        made.maxMessages = 16;
        made.firstRetry = Milliseconds(4);
        made.longestRetry = Milliseconds(20);
        made.gather = Milliseconds(0);
        made.secret = "secret";
        made.userAgent = "Concierge/test";
        made.databasePath = m_home->home.databasePath();
        made.encode = [](const chat::JournalEntry &entry) {
            return "{\"id\":\"" + entry.message->id.utf8() + "\"}";
        };
        return made;
    }
    void open(const PosterOptions &made)
    {
        m_health = std::make_unique<WebhookHealth>();
        m_poster = std::make_unique<Poster>(made, *m_home->outbox, *m_health, m_clock);
        m_poster->useKeys(keys);
        m_home->outbox->setListener([this] { m_poster->look(); });
        m_poster->look();
    }
    void open() { open(options()); }
    void write(int from, int count)
    {
        for (int i = from; i < from + count; ++i)
            m_home->write(QByteArray::number(i));
        m_home->settle();
    }
    qint64 pending() const { return m_home->outbox->counts()->pending(); }
    qint64 aside() const { return m_home->outbox->counts()->setAside(); }

    SystemClock m_clock;
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<OutboxHome> m_home;
    std::unique_ptr<FakeBackEnd> m_backEnd;
    std::unique_ptr<WebhookHealth> m_health;
    std::unique_ptr<Poster> m_poster;

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_home = std::make_unique<OutboxHome>(m_folder->filePath(QStringLiteral("data")));
        m_backEnd = std::make_unique<FakeBackEnd>();
    }
    void cleanup()
    {
        m_home->outbox->setListener({});
        m_poster.reset();
        m_home.reset();
        m_backEnd.reset();
    }

    void post_isSignedAndNamed();
    void messages_arePostedInOrder_inPages_andLeave();
    void failure_isTriedAgain_untilItIsTaken_data();
    void failure_isTriedAgain_untilItIsTaken();
    void retryOfTheSameMessages_hasTheSameBatch();
    void retryAfter_isHonoured();
    void noAnswer_isGivenUpAfterTheTimeOut_data();
    void noAnswer_isGivenUpAfterTheTimeOut();
    void refusedMessages_areFoundAndSetAside_data();
    void refusedMessages_areFoundAndSetAside();
    void backEndThatRefusesEverything_isNotBelieved_data();
    void backEndThatRefusesEverything_isNotBelieved();
    void restoreAside_postsThemAgain();
    void dropAside_givesThemUp();
    void restart_goesOnWithWhatIsLeft();
    void thread_postsWhatIsWrittenMeanwhile();
};

void PosterTest::post_isSignedAndNamed()
{
    write(0, 2);
    open();
    QTRY_COMPARE(m_backEnd->taken(), QByteArray("0,1"));
    const FakeBackEnd::Request &request = m_backEnd->requests.front();
    const QByteArray signature = request.headers.value("x-concierge-signature");
    const QByteArray seconds = signature.mid(2, signature.indexOf(',') - 2);
    QVERIFY(qAbs(seconds.toLongLong() - QDateTime::currentSecsSinceEpoch()) < 60);
    QCOMPARE(signature, signatureOf(request.body, std::chrono::seconds(seconds.toLongLong()), keys));
    QCOMPARE(request.headers.value("content-type"), QByteArray("application/json"));
    QCOMPARE(request.headers.value("user-agent"), QByteArray("Concierge/test"));
    QVERIFY(request.body.contains("\"batchId\":\"" + request.headers.value("x-concierge-batch") + '"'));
}

void PosterTest::messages_arePostedInOrder_inPages_andLeave()
{
    write(0, 100);
    open();
    QTRY_COMPARE(m_backEnd->taken(), numbers(0, 100));
    for (const FakeBackEnd::Request &request : m_backEnd->requests)
        QVERIFY(request.ids().count(',') < 16);
    write(100, 1);
    QTRY_COMPARE(m_backEnd->taken(), numbers(0, 101));
    QTRY_COMPARE(pending(), 0);
    m_poster.reset();
    m_home->outbox->setListener({});
    m_home->flush();
    QCOMPARE(m_home->ids(), QByteArray("flush"));
    QCOMPARE(m_health->snapshot().posted, 101u);
}

void PosterTest::failure_isTriedAgain_untilItIsTaken_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<QByteArray>("problem");
    for (const int status : {302, 401, 407, 408, 425, 429, 500, 502, 503, 504})
        QTest::addRow("%d", status) << FakeBackEnd::status(status, "Location: /x\r\n", "why\nnot")
                                    << "it answers " + QByteArray::number(status) + ": why not";
    QTest::newRow("closed") << QByteArray() << QByteArray();
    QTest::newRow("no HTTP") << QByteArray("SSH-2.0-OpenSSH_9\r\n\r\n\r\n") << QByteArray();
}

void PosterTest::failure_isTriedAgain_untilItIsTaken()
{
    QFETCH(QByteArray, answer);
    QFETCH(QByteArray, problem);
    QTest::ignoreMessage(QtWarningMsg,
                         QRegularExpression(QStringLiteral("^API_URL does not take messages: ")));
    write(0, 5);
    int failures = 6;
    m_backEnd->answer = [&](const auto &) { return failures-- > 0 ? answer : FakeBackEnd::status(204); };
    open();
    QTRY_VERIFY(m_health->snapshot().failed >= 2);
    if (failures > 0) {
        QVERIFY(m_health->snapshot().failingSince);
        QVERIFY2(m_health->snapshot().problem.startsWith(QString::fromUtf8(problem)),
                 qPrintable(m_health->snapshot().problem));
    }
    QTRY_COMPARE(m_backEnd->taken(), numbers(0, 5));
    QTRY_VERIFY(!m_health->snapshot().failingSince);
    QCOMPARE(aside(), 0);
}

void PosterTest::retryOfTheSameMessages_hasTheSameBatch()
{
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("it answers 500")));
    write(0, 1);
    m_backEnd->answer = [this](const auto &) {
        return FakeBackEnd::status(m_backEnd->requests.size() < 3 ? 500 : 200);
    };
    open();
    QTRY_COMPARE(m_backEnd->taken(), QByteArray("0"));
    const auto batchOf = [this](std::size_t i) {
        return m_backEnd->requests[i].headers.value("x-concierge-batch");
    };
    QCOMPARE(batchOf(0).size(), 32);
    QCOMPARE(batchOf(1), batchOf(0));
    QCOMPARE(batchOf(2), batchOf(0));
    write(1, 1);
    QTRY_COMPARE(m_backEnd->taken(), QByteArray("0,1"));
    QVERIFY(batchOf(3) != batchOf(0));
}

void PosterTest::retryAfter_isHonoured()
{
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("next in 1000 ms")));
    write(0, 1);
    m_backEnd->answer = [this](const auto &) {
        return m_backEnd->requests.size() < 2 ? FakeBackEnd::status(503, "Retry-After: 1\r\n")
                                              : FakeBackEnd::status(200);
    };
    open();
    QElapsedTimer timer;
    QTRY_COMPARE(m_backEnd->requests.size(), std::size_t(1));
    timer.start();
    QTRY_COMPARE(m_backEnd->taken(), QByteArray("0"));
    QVERIFY2(timer.elapsed() >= 900, qPrintable(QString::number(timer.elapsed())));
}

void PosterTest::noAnswer_isGivenUpAfterTheTimeOut_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::newRow("nothing") << QByteArray("-");
    QTest::newRow("a head that does not end") << QByteArray("HTTP/1.1 200 OK\r\nX: ");
    QTest::newRow("a body that does not end")
        << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nx");
}

void PosterTest::noAnswer_isGivenUpAfterTheTimeOut()
{
    QFETCH(QByteArray, answer);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("no answer within 100 ms")));
    write(0, 3);
    m_backEnd->answer = [&](const auto &) {
        return m_backEnd->requests.size() < 2 ? answer : FakeBackEnd::status(200);
    };
    PosterOptions made = options();
    made.timeout = Milliseconds(100);
    open(made);
    QTRY_COMPARE(pending(), 0);
    QVERIFY(m_backEnd->taken().endsWith("0,1,2") || m_backEnd->taken().endsWith("1,2"));
}

void PosterTest::refusedMessages_areFoundAndSetAside_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QSet<int>>("bad");
    QTest::newRow("one") << 422 << QSet<int>{37};
    QTest::newRow("the first") << 400 << QSet<int>{0};
    QTest::newRow("the last") << 413 << QSet<int>{59};
    QTest::newRow("several") << 409 << QSet<int>{3, 4, 5, 20, 47};
    QTest::newRow("of an address that was right") << 404 << QSet<int>{30};
}

void PosterTest::refusedMessages_areFoundAndSetAside()
{
    QFETCH(int, status);
    QFETCH(QSet<int>, bad);
    for (int i = 0; i < bad.size(); ++i)
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral(
                                               "^API_URL refuses message \\d+, which is set aside")));
    write(0, 60);
    m_backEnd->answer = [&](const FakeBackEnd::Request &request) {
        bool isBad = false;
        for (const QByteArray &id : request.ids().split(','))
            isBad |= bad.contains(id.toInt());
        return isBad ? FakeBackEnd::status(status, {}, "no") : FakeBackEnd::status(200);
    };
    open();
    QTRY_COMPARE(m_backEnd->taken(), numbers(0, 60, bad));
    QTRY_COMPARE(pending(), 0);
    QCOMPARE(aside(), bad.size());
    QVERIFY(!m_health->snapshot().failingSince);
    store::OutboxReader reader(m_home->home.databasePath());
    std::vector<store::Outgoing> found;
    m_home->outbox->setListener({});
    m_home->flush();
    QVERIFY(reader.open() && reader.readAside(100, found));
    QCOMPARE(qsizetype(found.size()), bad.size());
    QCOMPARE(found[0].reason, QStringLiteral("it answers %1: no").arg(status));
}

void PosterTest::backEndThatRefusesEverything_isNotBelieved_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<int>("aside");
    QTest::newRow("bad requests") << 400 << 20;
    QTest::newRow("wrong address") << 404 << 0;
    QTest::newRow("wrong key") << 403 << 0;
}

void PosterTest::backEndThatRefusesEverything_isNotBelieved()
{
    QFETCH(int, status);
    QFETCH(int, aside);
    for (int i = 0; i < aside; ++i)
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("is set aside")));
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("^API_URL does not take messages")));
    write(0, 100);
    m_backEnd->answer = [status](const auto &) { return FakeBackEnd::status(status); };
    open();
    QTRY_VERIFY(m_health->snapshot().failed >= 3);
    QCOMPARE(this->aside(), aside);
    m_backEnd->answer = [](const auto &) { return FakeBackEnd::status(200); };
    QTRY_COMPARE(m_backEnd->taken(), numbers(aside, 100 - aside));
}

void PosterTest::restoreAside_postsThemAgain()
{
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("is set aside")));
    write(0, 10);
    bool isMended = false;
    m_backEnd->answer = [&isMended](const FakeBackEnd::Request &request) {
        return FakeBackEnd::status(request.ids().split(',').contains("4") && !isMended ? 422 : 200);
    };
    open();
    QTRY_COMPARE(m_backEnd->taken(), numbers(0, 10, {4}));
    QTRY_COMPARE(pending(), 0);
    QCOMPARE(aside(), 1);
    isMended = true;
    m_poster->restoreAside();
    m_home->flush();
    QTRY_COMPARE(m_backEnd->taken(), numbers(0, 10, {4}) + ",4,flush");
    QTRY_COMPARE(pending(), 0);
    QCOMPARE(aside(), 0);
}

void PosterTest::dropAside_givesThemUp()
{
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("is set aside")));
    write(0, 3);
    m_backEnd->answer = [](const FakeBackEnd::Request &request) {
        return FakeBackEnd::status(request.ids().split(',').contains("1") ? 422 : 200);
    };
    open();
    QTRY_COMPARE(m_backEnd->taken(), QByteArray("0,2"));
    QTRY_COMPARE(pending(), 0);
    QCOMPARE(aside(), 1);
    m_poster->dropAside();
    QCOMPARE(aside(), 0);
    m_home->outbox->setListener({});
    m_home->flush();
    QCOMPARE(m_home->ids(), QByteArray("flush"));
    QCOMPARE(m_home->outbox->counts()->bytes(), m_home->read()[0].bytes);
}

void PosterTest::restart_goesOnWithWhatIsLeft()
{
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("it answers 500")));
    write(0, 40);
    m_backEnd->answer = [this](const auto &) {
        return FakeBackEnd::status(m_backEnd->requests.size() == 1 ? 200 : 500);
    };
    PosterOptions patient = options();
    patient.firstRetry = patient.longestRetry = std::chrono::hours(1); // nothing is under way when it ends
    open(patient);
    QTRY_VERIFY(m_health->snapshot().failed >= 1);
    m_poster.reset();
    m_home->outbox->setListener({});
    m_home->flush();
    m_home->reopen();
    m_backEnd->answer = [](const auto &) { return FakeBackEnd::status(200); };
    open();
    QTRY_COMPARE(m_backEnd->taken(), numbers(0, 40) + ",flush");
}

void PosterTest::thread_postsWhatIsWrittenMeanwhile()
{
    PosterThread thread(options(), *m_home->outbox, m_clock);
    thread.start(keys);
    for (int i = 0; i < 20; ++i)
        write(10 * i, 10);
    QTRY_COMPARE(m_backEnd->taken(), numbers(0, 200));
    QTRY_COMPARE(pending(), 0);
}

QTEST_GUILESS_MAIN(PosterTest)
#include "tst_poster.moc"
