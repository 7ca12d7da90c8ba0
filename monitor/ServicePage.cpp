#include "ServicePage.h"

#include "EmptyState.h"
#include "Files.h"
#include "Format.h"
#include "LocalServer.h"
#include "SupportBundle.h"
#include "Theme.h"

#include <QComboBox>
#include <QDir>
#include <QEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QTableView>

namespace concierge::monitor {

void ServicePage::setSession(ServerSession *session)
{
    if (m_session)
        m_session->local().disconnect(this);
    Page::setSession(session);
    if (session) {
        connect(session, &ServerSession::situationChanged, this, &ServicePage::render);
        connect(&session->feed(), &FeedClient::helloReceived, this, [this] {
            showLogLevel();
            render();
        });
        connect(&session->local(), &LocalServer::changed, this, &ServicePage::render);
        connect(&session->local(), &LocalServer::restored, this, [this](const QString &report) {
            static const QRegularExpression kept(QStringLiteral("what was there is (.+) now$"));
            const auto match = kept.match(report);
            Q_EMIT told(match.hasMatch() ? tr("The backup is restored. What was there before is kept as %1.")
                                               .arg(QDir::toNativeSeparators(match.captured(1)))
                                         : tr("The backup is restored."),
                        false);
        });
    }
    m_text->clear();
    showLogLevel();
    render();
}

void ServicePage::showLogLevel()
{
    if (m_session && m_session->feed().hello())
        m_level->setCurrentIndex(LogModel::severity(m_session->feed().hello()->logLevel));
}

void ServicePage::showEvent(QShowEvent *event)
{
    Page::showEvent(event);
    render();
}

void ServicePage::changeEvent(QEvent *event)
{
    Page::changeEvent(event);
    if (event->type() == QEvent::LanguageChange)
        retranslate();
}

void ServicePage::startServer()
{
    if (!m_session)
        return;
    m_session->local().start(m_session->feed().socketName());
    m_session->feed().retryNow();
}

void ServicePage::stopServer(bool isConfirmed)
{
    if (!m_session)
        return;
    if (!isConfirmed &&
        !confirm(
            this, tr("Stop the server?"),
            tr("Everybody is disconnected, and nobody can connect until it is started again. Messages are "
               "kept.") +
                (m_session->canStart()
                     ? QString()
                     : QChar::Space + tr("It cannot be started again from here, only where it runs.")),
            tr("Stop the server")))
        return;
    m_session->stopServer([this](const FeedClient::Reply &reply) {
        if (!reply)
            Q_EMIT told(tr("The server could not be stopped: %1").arg(reply.error().message), true);
    });
}

void ServicePage::command(QLatin1String type, const QJsonObject &fields,
                          std::function<void(const QJsonObject &answer)> done)
{
    if (!m_session)
        return;
    m_session->feed().request(type, fields, this,
                              [this, done = std::move(done)](const FeedClient::Reply &reply) {
                                  if (reply)
                                      done(reply.value());
                                  else
                                      Q_EMIT told(tr("The server says: %1").arg(reply.error().message), true);
                                  render();
                              });
}

void ServicePage::askBackup()
{
    const QString path =
        askSavePath(this, tr("Make a backup"), QStringLiteral("concierge-%1.db"), Existing::Refused);
    if (!path.isEmpty())
        backupTo(path);
}

void ServicePage::backupTo(const QString &path)
{
    if (QFileInfo::exists(path)) {
        Q_EMIT told(tr("%1 is there already, and a backup replaces nothing: choose another name.")
                        .arg(QDir::toNativeSeparators(path)),
                    true);
        return;
    }
    // The server writes it, as the user that it runs as.
    Q_EMIT told(tr("The backup is being made…"), false);
    command(QLatin1String("backup"), {{QStringLiteral("path"), QDir::toNativeSeparators(path)}},
            [this](const QJsonObject &answer) {
                Q_EMIT told(tr("The backup is made: %1, %2")
                                .arg(answer.value(QLatin1String("path")).toString(),
                                     Format::bytes(answer.value(QLatin1String("bytes")).toInteger())),
                            false);
            });
}

void ServicePage::askRestore()
{
    if (!m_session)
        return;
    const QString path = QFileDialog::getOpenFileName(this, tr("Restore a backup"), QString(),
                                                      tr("Backups (*.db);;All files (*)"));
    if (path.isEmpty() || !confirm(this, tr("Restore this backup?"),
                                   tr("What waits for people becomes what it was when the backup was made. "
                                      "What there is now is kept "
                                      "beside it."),
                                   tr("Restore")))
        return;
    const auto &hello = m_session->feed().hello();
    m_session->local().restore(path, hello ? hello->dataDir : QString());
}

void ServicePage::saveBundle()
{
    if (!m_session)
        return;
    const QString path =
        askSavePath(this, tr("Save a support bundle"), QStringLiteral("concierge-support-%1.txt"));
    if (path.isEmpty())
        return;
    const QString failure = saveFile(path, supportBundle(*m_session));
    Q_EMIT told(failure.isEmpty()
                    ? tr("The bundle is saved, without secrets. Read it before you send it: %1").arg(path)
                    : failure,
                !failure.isEmpty());
}

void ServicePage::notifyAll()
{
    const QString text = m_text->text().trimmed();
    if (text.isEmpty() || !confirm(this, tr("Tell everyone?"),
                                   tr("Everybody who is connected sees: “%1”").arg(text), tr("Send")))
        return;
    command(QLatin1String("notifyAll"), {{QStringLiteral("text"), text}}, [this](const QJsonObject &answer) {
        m_text->clear();
        Q_EMIT told(tr("%Ln client(s) were told.", nullptr, answer.value(QLatin1String("clients")).toInt()),
                    false);
    });
}

void ServicePage::setLogLevel(int level)
{
    static const QString names[] = {QStringLiteral("error"), QStringLiteral("warn"), QStringLiteral("info"),
                                    QStringLiteral("debug")};
    command(QLatin1String("setLogLevel"), {{QStringLiteral("level"), names[level]}},
            [this](const QJsonObject &) {
                Q_EMIT told(tr("The server logs at this level until it is restarted."), false);
            });
}

void ServicePage::setFact(Fact fact, const QString &text)
{
    if (m_facts[fact]->text() != text)
        m_facts[fact]->setText(text);
}

void ServicePage::renderFacts()
{
    const FeedClient &feed = m_session->feed();
    const auto &hello = feed.hello();
    const auto &snapshot = feed.snapshot();
    const bool isThere = feed.isConnected();
    const QString unknown = QStringLiteral("–");
    const bool isStopping = isThere && snapshot && snapshot->state == QLatin1String("draining");
    setFact(State, isStopping ? tr("stopping") : isThere ? tr("running") : absence());
    setFact(
        Since,
        isThere && hello && snapshot
            ? tr("%1 (for %2)").arg(Format::dateTime(hello->startTime), Format::duration(snapshot->uptimeMs))
            : unknown);
    setFact(Version, hello ? hello->version + (feed.isNewerServer()
                                                   ? QStringLiteral(" · ") + tr("newer than this monitor")
                                                   : QString())
                           : unknown);
    setFact(Clients, hello ? hello->url : unknown);
    setFact(Health, hello ? hello->health : unknown);
    setFact(Data, hello ? QDir::toNativeSeparators(hello->dataDir) : unknown);
    setFact(Disk,
            snapshot && snapshot->store.diskTotal > 0
                ? tr("%1 used, %2 free")
                      .arg(Format::bytes(snapshot->store.bytes), Format::bytes(snapshot->store.diskFree))
                : unknown);
    setFact(Backup, !snapshot                    ? unknown
                    : snapshot->store.lastBackup ? Format::dateTime(*snapshot->store.lastBackup)
                                                 : tr("none yet"));
    setFact(Certificate, snapshot && snapshot->tls.expires
                             ? tr("valid until %1").arg(Format::dateTime(*snapshot->tls.expires))
                         : snapshot ? tr("none: not encrypted")
                                    : unknown);
    setFact(Process, isThere && snapshot ? tr("%1 memory, %2 % of a core")
                                               .arg(Format::bytes(snapshot->process.rssBytes),
                                                    Format::rate(snapshot->process.cpuPercent))
                                         : unknown);
}

QString ServicePage::howToRestore() const
{
    if (!m_session->isLocal())
        return tr("To restore one, stop the server, and call “concierge restore” where it runs.");
    if (m_session->local().program().isEmpty())
        return tr("To restore one, call “concierge restore”: the server's program was not found here.");
    return m_session->feed().isConnected() ? tr("To restore one, stop the server first.")
                                           : tr("The server is away, so that one can be restored.");
}

void ServicePage::render()
{
    if (!isVisible() || !m_session)
        return;
    const FeedClient &feed = m_session->feed();
    const LocalServer &local = m_session->local();
    const bool isThere = feed.isConnected();
    const bool isStopping = isThere && feed.snapshot() && feed.snapshot()->state == QLatin1String("draining");
    renderFacts();
    m_manner->setText(m_session->isLocal() ? local.manner()
                      : isThere ? tr("It can be stopped from here, but be started only where it runs.")
                                : tr("It can be started only where it runs."));
    m_start->setEnabled(!isThere && m_session->isLocal() && local.canStart() && !local.isStarting());
    m_start->setText(local.isStarting() && m_session->isLocal() ? tr("Starting…") : tr("Start"));
    m_stop->setEnabled((isThere && !isStopping) ||
                       (feed.state() == FeedState::Stale && m_session->canEndFrozen()));
    m_stop->setText(isStopping ? tr("Stopping…") : tr("Stop…"));
    m_backup->setEnabled(isThere && !isStopping);
    m_restore->setEnabled(!isThere && m_session->isLocal() && !local.program().isEmpty());
    m_backupNote->setText(
        tr("A backup can be made at any time. It is written by the server, so choose a folder that "
           "it may write to.") +
        QChar::Space + howToRestore());
    m_text->setEnabled(isThere);
    m_send->setEnabled(isThere && !m_text->text().trimmed().isEmpty());
    m_level->setEnabled(isThere);
    if (feed.hello())
        m_settings.setSettings(feed.hello()->settings);
    else
        m_settings.setSettings({});
    m_table->setVisible(m_settings.rowCount() > 0);
    m_noSettings->setVisible(m_settings.rowCount() == 0);
    m_noSettings->show(Glyph::Off, tr("The settings are not known yet"),
                       tr("They appear here as soon as the server answers."));
}

} // namespace concierge::monitor
