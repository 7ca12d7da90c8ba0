#include "SqliteFixture.h"

#include "store/WaitingReport.h"

#include <QtTest>

#include <algorithm>

using namespace concierge;
using namespace concierge::store;
using namespace concierge::test;

namespace {

std::vector<WaitingUser> report(const QString &folder)
{
    auto users = waitingByUser(folder);
    if (!users)
        qFatal("%s", qPrintable(users.error().line));
    std::sort(users->begin(), users->end(),
              [](const WaitingUser &a, const WaitingUser &b) { return a.user < b.user; });
    return std::move(users).value();
}

} // namespace

class WaitingReportTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void messages_areCountedByUser_besideTheServerThatWritesThem()
    {
        const QTemporaryDir folder;
        SqliteHome home(folder.path());
        const InboxUnderTest opened = home.open();
        chat::Inbox &inbox = *opened.inbox;
        QVERIFY(report(folder.path()).empty());

        auto position = inbox.firstPosition();
        const Milliseconds begin = home.clock.wall();
        inbox.append(UserId("ann"), position++, messageOf("m1", 100));
        home.clock.advance(Milliseconds(5'000));
        inbox.append(UserId("ben"), position++, messageOf("m2", 7));
        inbox.append(UserId("ann"), position++, messageOf("m3", 50));
        inbox.append(UserId("ann"), position++, receiptOf("r1")); // no message
        inbox.append(UserId("cid"), position++, receiptOf("r2"));
        while (home.health->snapshot().writes < 5)
            opened.waitForAnswer();

        const std::vector<WaitingUser> users = report(folder.path());
        QCOMPARE(users.size(), std::size_t(2));
        QCOMPARE(users[0].user, UserId("ann"));
        QCOMPARE(users[0].messages, qint64(2));
        QCOMPARE(users[0].bytes, qint64(150));
        QCOMPARE(users[0].oldest, begin);
        QCOMPARE(users[1].user, UserId("ben"));
        QCOMPARE(users[1].messages, qint64(1));
        QCOMPARE(users[1].bytes, qint64(7));
        QCOMPARE(users[1].oldest, begin + Milliseconds(5'000));

        QVERIFY(inbox.remove(UserId("ben"), inbox.firstPosition() + 1));
        inbox.append(UserId("ann"), position++, messageOf("m4", 1)); // written behind the removal
        while (home.health->snapshot().writes < 7)
            opened.waitForAnswer();
        QCOMPARE(report(folder.path()).size(), std::size_t(1));
    }

    void folderWithoutADatabase_isAnErrorThatNamesIt()
    {
        const QTemporaryDir folder;
        const auto users = waitingByUser(folder.path());
        QVERIFY(!users);
        QVERIFY2(users.error().line.contains(folder.path()), qPrintable(users.error().line));
    }
};

QTEST_GUILESS_MAIN(WaitingReportTest)
#include "tst_waiting_report.moc"
