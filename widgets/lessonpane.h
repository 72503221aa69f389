// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "items/lesson.h"

#include <array>

class QBoxLayout;
class QCheckBox;
class QLabel;
class QPushButton;
class QStackedWidget;
class QTabBar;

namespace ravel {

class LessonPage;
class LessonPicture;
class Session;

// The lesson on flatten and unflatten: a tab for each step, the picture, and beside it (below it where the pane is narrow) what is asked.
class LessonPane : public QWidget {
    Q_OBJECT
public:
    explicit LessonPane(Session&, QWidget* parent = nullptr);

    Lesson& lesson() const { return *m_lesson; }
    LessonPicture* picture() const { return m_picture; }
    LessonPage* page(LessonStep);
    QString message() const;          // in place of a lesson, why there is none
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void showEvent(QShowEvent*) override;
    void hideEvent(QHideEvent*) override;
    void resizeEvent(QResizeEvent*) override;

private:
    QWidget* makeFoot();
    void refill();
    void tellDone();
    void showStep();

    Session& m_session;
    Lesson* m_lesson;
    QTabBar* m_tabs;
    QLabel *m_subject, *m_done, *m_message;
    QWidget* m_body;
    QBoxLayout* m_split;
    LessonPicture* m_picture;
    QStackedWidget* m_pages;
    std::array<LessonPage*, allLessonSteps.size()> m_made {};
    QCheckBox* m_predicts;
    QPushButton *m_reveal, *m_another;
};

} // namespace ravel
