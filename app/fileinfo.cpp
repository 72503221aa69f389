// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/fileinfo.h"

#include <QDialog>
#include <QDialogButtonBox>
#include <QFontDatabase>
#include <QPlainTextEdit>
#include <QPointer>
#include <QVBoxLayout>

#include "app/cliinfofacts.h"
#include "items/qtext.h"
#include "items/session.h"
#include "widgets/fitscreen.h"

namespace ravel {

void showFileInformation(Session& session, QWidget* window)
{
    constexpr std::size_t listed = 500; // of each list
    auto* dialog = new QDialog(window);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(Session::tr("File Information"));
    auto* text = new QPlainTextEdit(dialog);
    text->setReadOnly(true);
    text->setLineWrapMode(QPlainTextEdit::NoWrap);
    text->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    text->setPlaceholderText(Session::tr("Gathering…"));
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, dialog);
    QObject::connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::reject);
    auto* column = new QVBoxLayout(dialog);
    column->addWidget(text);
    column->addWidget(buttons);
    dialog->resize(fittingScreen(*dialog, { 820, 600 }));
    dialog->show();
    session.tasks()->run<QString>(
        QString(), [checkpoint = session.document()->checkpointPtr()](const Job&) { return toQt(infoText(*checkpoint, infoFacts(checkpoint), listed)); },
        [guard = QPointer<QPlainTextEdit>(text)](const QString& told) {
            if (guard)
                guard->setPlainText(told);
        });
}

} // namespace ravel
