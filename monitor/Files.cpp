#include "Files.h"

#include "Theme.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QDir>
#include <QFileDialog>
#include <QLabel>
#include <QMessageBox>
#include <QPushButton>
#include <QSaveFile>
#include <QStandardPaths>

namespace concierge::monitor {

QString askSavePath(QWidget *parent, const QString &title, const QString &name, Existing existing)
{
    QFileDialog::Options options;
    options.setFlag(QFileDialog::DontConfirmOverwrite, existing == Existing::Refused);
    const QString folder = QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation);
    const QString date = QDateTime::currentDateTime().toString(QStringLiteral("yyyy-MM-dd-HHmm"));
    return QFileDialog::getSaveFileName(
        parent, title, QDir(folder).filePath(name.contains(QLatin1String("%1")) ? name.arg(date) : name),
        QString(), nullptr, options);
}

QString saveFile(const QString &path, const QByteArray &bytes)
{
    QSaveFile file(path);
    if (file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size() && file.commit())
        return {};
    return QCoreApplication::translate("Files", "%1 could not be saved: %2").arg(path, file.errorString());
}

bool confirm(QWidget *parent, const QString &title, const QString &text, const QString &yes)
{
    QMessageBox box(QMessageBox::Question, title, title, QMessageBox::NoButton, parent);
    box.setInformativeText(text);
    if (auto *label = box.findChild<QLabel *>(QStringLiteral("qt_msgbox_label")))
        label->setFont(scaledFont(1, QFont::DemiBold));
    auto *go = box.addButton(yes, QMessageBox::AcceptRole);
    auto *leave = box.addButton(QCoreApplication::translate("Files", "Cancel"), QMessageBox::RejectRole);
    box.setDefaultButton(leave);
    box.setEscapeButton(leave);
    box.exec();
    return box.clickedButton() == go;
}

} // namespace concierge::monitor
