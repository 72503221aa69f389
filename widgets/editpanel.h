// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "items/session.h"

class QCheckBox;
class QLabel;
class QPushButton;
class QTimer;

namespace ravel {

class StepForm;

// What is done to the selection: a step form, what it would do (live, on the pool), Apply. The preview starts when a field is touched and
// ends when the edit is applied or the form is left alone with Escape.
class EditPanel : public QWidget {
    Q_OBJECT
public:
    explicit EditPanel(Session&, QWidget* parent = nullptr);
    StepForm* form() const { return m_form; }
    QPushButton* applyButton() const { return m_apply; }
    QString effectText() const;
    QString problem() const;  // why Apply is not to be had; empty where it is
    Result<Step> step() const; // of the form, on the selection
    void apply();
    QSize sizeHint() const override;

protected:
    void keyPressEvent(QKeyEvent*) override;
    void changeEvent(QEvent*) override;

private:
    void touched();
    void refresh();
    void startPreview();
    void showPreview(const Preview&);
    void sayEffect(const QString& text, bool trouble);

    Session& m_session;
    StepForm* m_form;
    QLabel *m_target, *m_effect;
    QCheckBox* m_previewBox;
    QPushButton* m_apply;
    QTimer* m_timer;
    bool m_engaged = false; // a field has been touched since the last edit
    bool m_trouble = false;
};

} // namespace ravel
