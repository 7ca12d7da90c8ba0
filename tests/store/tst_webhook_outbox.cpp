#include "OutboxFixture.h"

#include <QtTest>

using namespace concierge;
using namespace concierge::test;

/// What waits for the platform's back end.
class WebhookOutboxTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<OutboxHome> m_home;

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_home = std::make_unique<OutboxHome>(m_folder->filePath(QStringLiteral("data")));
    }
    void cleanup() { m_home.reset(); }

    void write_isAnsweredInOrder_andReadInOrder();
    void write_keepsAMessageAsItWas_data();
    void write_keepsAMessageAsItWas();
    void write_survivesARestart();
    void read_bringsAPage_data();
    void read_bringsAPage();
    void drop_takesThoseOfTheRangeThatArePending();
    void setAside_isNotReadUntilItIsRestored();
    void dropAside_takesThoseAlone();
    void room_endsAtTheLimit_andComesBack();
    void numbers_growOverARestartOfAnEmptyOutbox();
    void write_whileTheFilesAreGone_fails();
};

void WebhookOutboxTest::write_isAnsweredInOrder_andReadInOrder()
{
    for (const auto *id : {"3", "1", "2"})
        m_home->write(id);
    m_home->settle();
    QCOMPARE(m_home->answers, (QByteArrayList{"stored 3", "stored 1", "stored 2"}));
    QCOMPARE(m_home->ids(), QByteArray("3,1,2"));
    QCOMPARE(m_home->outbox->counts()->pending(), 3);
}

void WebhookOutboxTest::write_keepsAMessageAsItWas_data()
{
    QTest::addColumn<int>("flags");
    for (int flags = 0; flags < 32; ++flags)
        QTest::addRow("flags %d", flags) << flags;
}

void WebhookOutboxTest::write_keepsAMessageAsItWas()
{
    QFETCH(int, flags);
    chat::Message message = *messageOf(QByteArray("\0\xff'", 3));
    message.chat = (flags & 1) != 0 ? ChatId("flat") : ChatId();
    message.appendSenderId = (flags & 1) != 0;
    message.appendTimestamp = (flags & 2) != 0;
    message.appendMessageId = (flags & 4) != 0;
    message.isSilent = (flags & 8) != 0;
    message.attachments = {QByteArray("\0\1", 2), QByteArray(), QByteArray(70'000, 'x')};
    const QList<UserId> receivers =
        (flags & 1) != 0 ? QList<UserId>() : QList<UserId>{UserId("b,b"), UserId("cid")};
    m_home->outbox->write({receivers, std::make_shared<chat::Message>(message), (flags & 16) != 0},
                          [](bool) {});
    m_home->flush();
    const auto found = m_home->read();
    QCOMPARE(*found[0].entry.message, message);
    QCOMPARE(found[0].entry.receivers, receivers);
    QCOMPARE(found[0].entry.isPublished, (flags & 16) != 0);
    QCOMPARE(found[0].bytes, store::costOf(found[0].entry));
}

void WebhookOutboxTest::write_survivesARestart()
{
    m_home->write("1");
    m_home->write("2");
    m_home->settle();
    m_home->outbox->setAside(m_home->read()[0], QStringLiteral("bad"));
    m_home->flush();
    const qint64 bytes = m_home->outbox->counts()->bytes();
    m_home->reopen();
    QCOMPARE(m_home->ids(), QByteArray("2,flush"));
    QCOMPARE(m_home->outbox->counts()->pending(), 2);
    QCOMPARE(m_home->outbox->counts()->setAside(), 1);
    QCOMPARE(m_home->outbox->counts()->bytes(), bytes);
}

void WebhookOutboxTest::read_bringsAPage_data()
{
    QTest::addColumn<int>("most");
    QTest::addColumn<qint64>("bytes");
    QTest::addColumn<std::size_t>("found");
    QTest::newRow("all") << 9 << qint64(1'000'000) << std::size_t(4);
    QTest::newRow("by number") << 2 << qint64(1'000'000) << std::size_t(2);
    QTest::newRow("by bytes") << 9 << qint64(2'500) << std::size_t(2);
    QTest::newRow("one that is too large") << 9 << qint64(10) << std::size_t(1);
}

void WebhookOutboxTest::read_bringsAPage()
{
    QFETCH(int, most);
    QFETCH(qint64, bytes);
    QFETCH(std::size_t, found);
    for (const auto *id : {"0", "1", "2", "3", "4"})
        m_home->write(id, 1'000);
    m_home->settle();
    const qint64 first = m_home->read()[0].number;
    const auto page = m_home->read(first, most, bytes);
    QCOMPARE(page.size(), found);
    QCOMPARE(page[0].entry.message->id.utf8(), QByteArray("1"));
}

void WebhookOutboxTest::drop_takesThoseOfTheRangeThatArePending()
{
    for (const auto *id : {"0", "1", "2", "3"})
        m_home->write(id);
    m_home->settle();
    const auto all = m_home->read();
    m_home->outbox->setAside(all[1], QStringLiteral("bad"));
    m_home->outbox->drop(all[0].number, all[2].number, {2, all[0].bytes + all[2].bytes});
    m_home->flush();
    QCOMPARE(m_home->ids(), QByteArray("3,flush"));
    QCOMPARE(m_home->outbox->counts()->setAside(), 1);
    m_home->restoreAside();
    m_home->settle();
    QCOMPARE(m_home->ids(), QByteArray("1,3,flush"));
}

void WebhookOutboxTest::setAside_isNotReadUntilItIsRestored()
{
    m_home->write("0");
    m_home->write("1");
    m_home->settle();
    m_home->outbox->setAside(m_home->read()[0], QStringLiteral("it answers 422"));
    m_home->flush();
    QCOMPARE(m_home->ids(), QByteArray("1,flush"));
    store::OutboxReader reader(m_home->home.databasePath());
    std::vector<store::Outgoing> aside;
    QVERIFY(reader.open() && reader.readAside(10, aside));
    QCOMPARE(aside.size(), std::size_t(1));
    QCOMPARE(aside[0].reason, QStringLiteral("it answers 422"));
    m_home->restoreAside();
    m_home->settle();
    QCOMPARE(m_home->ids(), QByteArray("0,1,flush"));
    QCOMPARE(m_home->outbox->counts()->pending(), 3);
    QCOMPARE(m_home->outbox->counts()->setAside(), 0);
}

void WebhookOutboxTest::dropAside_takesThoseAlone()
{
    m_home->write("0");
    m_home->write("1");
    m_home->settle();
    const auto all = m_home->read();
    m_home->outbox->setAside(all[0], QStringLiteral("bad"));
    m_home->dropAside();
    m_home->settle();
    QCOMPARE(m_home->ids(), QByteArray("1"));
    QCOMPARE(m_home->outbox->counts()->setAside(), 0);
    QCOMPARE(m_home->outbox->counts()->bytes(), all[1].bytes);
}

void WebhookOutboxTest::room_endsAtTheLimit_andComesBack()
{
    m_home->maxBytes = 2'000;
    m_home->reopen();
    m_home->write("0", 1'500);
    QVERIFY(m_home->outbox->hasRoom());
    m_home->write("1", 1'500);
    QVERIFY(!m_home->outbox->hasRoom()); // those on their way count
    m_home->settle();
    const auto all = m_home->read();
    m_home->outbox->drop(all[0].number, all[0].number, {1, all[0].bytes});
    QVERIFY(m_home->outbox->hasRoom());
}

void WebhookOutboxTest::numbers_growOverARestartOfAnEmptyOutbox()
{
    m_home->write("0");
    m_home->settle();
    const auto before = m_home->read()[0];
    m_home->outbox->drop(before.number, before.number, {1, before.bytes});
    m_home->home.clock.advance(Milliseconds(2'000)); // a run is a second long
    m_home->reopen();
    m_home->write("1");
    m_home->settle();
    QVERIFY(m_home->read()[0].number > before.number);
}

void WebhookOutboxTest::write_whileTheFilesAreGone_fails()
{
    const QString path = m_home->home.databasePath();
    QVERIFY(QFile::rename(path, path + QStringLiteral(".away")));
    QTest::ignoreMessage(QtCriticalMsg, QRegularExpression(QStringLiteral("cannot be written")));
    m_home->write("0");
    m_home->settle();
    QCOMPARE(m_home->answers, QByteArrayList{"failed 0"});
    QCOMPARE(m_home->outbox->counts()->pending(), 0);
    QCOMPARE(m_home->outbox->counts()->bytes(), 0);
    QVERIFY(QFile::rename(path + QStringLiteral(".away"), path));
}

QTEST_GUILESS_MAIN(WebhookOutboxTest)
#include "tst_webhook_outbox.moc"
