#include "Tray.h"

#include "Glyph.h"
#include "Visible.h"

namespace concierge::monitor {

Tray::Tray(QObject *parent)
    : QObject(parent)
    , m_state(m_menu.addAction(QString()))
    , m_open(nullptr)
    , m_quit(nullptr)
{
    m_state->setEnabled(false);
    m_menu.addSeparator();
    m_open = m_menu.addAction(QString(), this, &Tray::openRequested);
    m_quit = m_menu.addAction(QString(), this, &Tray::quitRequested);
    m_icon.setContextMenu(&m_menu);
    connect(&m_icon, &QSystemTrayIcon::activated, this, [this](QSystemTrayIcon::ActivationReason reason) {
        if (reason == QSystemTrayIcon::Trigger || reason == QSystemTrayIcon::DoubleClick)
            Q_EMIT openRequested();
    });
    connect(&m_icon, &QSystemTrayIcon::messageClicked, this, &Tray::openRequested);
    retranslate();
}

void Tray::retranslate()
{
    m_open->setText(tr("Open the monitor"));
    m_quit->setText(tr("Quit"));
}

void Tray::show(Tone worst, const QString &text)
{
    if (m_tone != worst) {
        m_tone = worst;
        m_icon.setIcon(programIcon(Theme::light().tone(worst).ink));
    }
    m_state->setText(QString(text).replace(QLatin1Char('&'), QStringLiteral("&&")));
    m_icon.setToolTip(withoutMarkup(tr("Concierge: %1").arg(text)));
    if (!m_icon.isVisible())
        m_icon.show();
}

void Tray::notify(Tone tone, const QString &title, const QString &text)
{
    m_icon.showMessage(withoutMarkup(title), withoutMarkup(text),
                       tone == Tone::Critical  ? QSystemTrayIcon::Critical
                       : tone == Tone::Warning ? QSystemTrayIcon::Warning
                                               : QSystemTrayIcon::Information);
}

} // namespace concierge::monitor
