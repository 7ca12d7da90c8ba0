#include "ListPage.h"

#include "EmptyState.h"
#include "Files.h"
#include "Format.h"
#include "Visible.h"

#include <QPushButton>
#include <QTableView>

#include <memory>

namespace concierge::monitor {

PeoplePage::PeoplePage(QWidget *parent)
    : ListPage(TableKind::people(), parent)
    , m_disconnect(new QPushButton(this))
{
    m_disconnect->setObjectName(QStringLiteral("disconnect"));
    m_disconnect->setEnabled(false);
    addTool(m_disconnect);
    connect(m_disconnect, &QPushButton::clicked, this, [this] { disconnectSelected(false); });
    retranslate();
}

void PeoplePage::retranslate()
{
    ListPage::retranslate();
    table().setAccessibleName(tr("People and their connections"));
    m_disconnect->setText(tr("Disconnect…"));
    m_disconnect->setAccessibleName(tr("Disconnect what is selected"));
    m_disconnect->setToolTip(tr("End the selected connections (Del)"));
    m_disconnect->setShortcut(QKeySequence(Qt::Key_Delete));
}

void PeoplePage::selectionChanged()
{
    m_disconnect->setEnabled(!selectedIds().isEmpty() && session() && session()->feed().isConnected());
}

void PeoplePage::showEmpty(EmptyState &state)
{
    state.show(Glyph::Info, tr("Nobody is connected"),
               tr("As soon as somebody opens the app, their connection is listed here."));
}

QString PeoplePage::summary() const
{
    const PagedModel &model = this->model();
    if (model.filter().isEmpty())
        return tr("%Ln connection(s)", nullptr, int(model.total()));
    return tr("%1 of %2 connections").arg(Format::count(model.matched()), Format::count(model.total()));
}

void PeoplePage::disconnectSelected(bool isConfirmed)
{
    // Taken before the question: the rows may move while it is asked.
    const QStringList sids = selectedIds();
    if (sids.isEmpty() || !session())
        return;
    QString who = tr("%Ln connection(s)", nullptr, int(sids.size()));
    if (sids.size() == 1) {
        if (const auto *row = model().row(model().find(sids.constFirst()))) {
            const auto &client = std::get<feed::ClientRow>(*row);
            who = shortened(client.user.isEmpty() ? client.address : client.user, 60);
        }
    }
    if (isConfirmed ||
        confirm(
            this, tr("Disconnect %1?").arg(who),
            tr("Most apps stay offline then until they are opened anew. Messages are kept for that time."),
            tr("Disconnect")))
        send(sids);
}

void PeoplePage::send(const QStringList &sids)
{
    struct Outcome
    {
        qsizetype left = 0;
        int done = 0;
        QString failure;
    };
    // As many as may wait for their answers; who selects more than that does it in two goes.
    const QStringList now = sids.mid(0, FeedClient::maxRequests / 2);
    const auto outcome = std::make_shared<Outcome>(Outcome{now.size(), 0, QString()});
    for (const QString &sid : now) {
        session()->feed().request(
            QLatin1String("disconnectClient"), {{QStringLiteral("sid"), sid}}, this,
            [this, outcome](const FeedClient::Reply &reply) {
                // Who has gone by himself meanwhile is no failure.
                if (reply || reply.error().code == QLatin1String("not_found"))
                    ++outcome->done;
                else
                    outcome->failure = reply.error().message;
                if (--outcome->left > 0)
                    return;
                if (outcome->failure.isEmpty())
                    Q_EMIT told(tr("%Ln connection(s) ended.", nullptr, outcome->done), false);
                else
                    Q_EMIT told(tr("Not everyone could be disconnected: %1").arg(outcome->failure), true);
                refresh();
            });
    }
}

WaitingPage::WaitingPage(QWidget *parent)
    : ListPage(TableKind::waiting(), parent)
{
    retranslate();
    table().setAccessibleName(tr("Messages that wait"));
}

void WaitingPage::showEmpty(EmptyState &state)
{
    state.show(
        Glyph::Check, tr("Nothing waits"),
        tr("Every message has reached its receiver. Messages for people who are offline are listed here."));
}

QString WaitingPage::summary() const
{
    const PagedModel &model = this->model();
    if (model.filter().isEmpty())
        return tr("Messages wait for %Ln people", nullptr, int(model.total()));
    return tr("%1 of %2 people").arg(Format::count(model.matched()), Format::count(model.total()));
}

} // namespace concierge::monitor
