// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/keysheet.h"

#include <QCoreApplication>
#include <QDialog>
#include <QDialogButtonBox>
#include <QMessageBox>
#include <QTextBrowser>
#include <QVBoxLayout>

#include "app/actions.h"
#include "widgets/fitscreen.h"

using namespace Qt::StringLiterals;

namespace ravel {

QString keySheetHtml(const Actions& actions)
{
    QString html, group;
    for (const Actions::Command& command : actions.all()) {
        if (command.action->shortcuts().isEmpty())
            continue;
        if (command.group != group) {
            html += (group.isEmpty() ? u""_s : u"</table>"_s) + u"<h3>"_s + command.group.toHtmlEscaped() + u"</h3><table cellpadding='3' width='100%'>"_s;
            group = command.group;
        }
        QString text = command.action->text().remove(u'&');
        html += u"<tr><td width='34%'><b>"_s
            + QKeySequence::listToString(command.action->shortcuts(), QKeySequence::NativeText).toHtmlEscaped() + u"</b></td><td>"_s
            + text.toHtmlEscaped() + u"</td></tr>"_s;
    }
    return html + u"</table>"_s;
}

void showKeySheet(const Actions& actions, QWidget* window)
{
    auto* dialog = new QDialog(window);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(QCoreApplication::translate("KeySheet", "Keys"));
    auto* text = new QTextBrowser(dialog);
    text->setHtml(keySheetHtml(actions));
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, dialog);
    QObject::connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::reject);
    auto* column = new QVBoxLayout(dialog);
    column->addWidget(text);
    column->addWidget(buttons);
    dialog->resize(fittingScreen(*dialog, { 520, 640 }));
    dialog->show();
}

void showAbout(QWidget* window, const QString& torch)
{
    auto* box = new QMessageBox(QMessageBox::NoIcon, QCoreApplication::translate("About", "About Ravel"),
        QCoreApplication::translate("About", "Ravel %1").arg(QCoreApplication::applicationVersion()), QMessageBox::Close, window);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setTextFormat(Qt::PlainText);
    box->setInformativeText(QCoreApplication::translate("About",
        "Inspects and edits PyTorch checkpoints as one flat vector.\nOpening a file never runs code from it.\n\nQt %1\n%2\n\n"
        "GPL-3.0-or-later")
                                .arg(QString::fromLatin1(qVersion()), torch));
    box->open();
}

} // namespace ravel
