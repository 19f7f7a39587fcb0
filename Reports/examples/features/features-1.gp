# gnuplot features-1.gp   makes features-1.svg, features-1.png from features-1.csv
set encoding utf8
set datafile separator ','
set key outside top center horizontal noenhanced samplen 2 font ',11'
set border 3
set tics nomirror
set grid ytics linecolor rgb '#dddddd' linewidth 1
set linetype 1 linecolor rgb '#0072B2' linewidth 2
set linetype 2 linecolor rgb '#D55E00' linewidth 2
set linetype 3 linecolor rgb '#009E73' linewidth 2
set linetype 4 linecolor rgb '#CC79A7' linewidth 2
set linetype 5 linecolor rgb '#E69F00' linewidth 2
set linetype 6 linecolor rgb '#56B4E9' linewidth 2
set linetype 7 linecolor rgb '#000000' linewidth 2
set terminal svg size 640,560 font 'Helvetica,12' background '#ffffff'
set output 'features-1.svg'
set title 'cifar10-resnet8-ikl-at.h5 (163aea3f)'."\n".'cifar10, 500 images, clean and by pgd(steps=20) within Linf 8/255, seed 0' noenhanced font ',9'
set palette maxcolors 10 defined (0 '#0072B2', 1 '#D55E00', 2 '#009E73', 3 '#CC79A7', 4 '#E69F00', 5 '#56B4E9', 6 '#882255', 7 '#999933', 8 '#000000', 9 '#AAAAAA')
set cbrange [-0.5:9.5]
unset colorbox
unset border
unset tics
unset grid
set style textbox opaque noborder fillcolor rgb '#40ffffff'
set label '0' at 36.96841517416104,-12.203098715317447 center front font ',13' textcolor rgb '#000000' boxed
set label '1' at 6.7081466017719675,33.879876592558944 center front font ',13' textcolor rgb '#000000' boxed
set label '2' at -19.935168782606883,-9.958924438494536 center front font ',13' textcolor rgb '#000000' boxed
set label '3' at -20.018006549404554,2.0261039234004525 center front font ',13' textcolor rgb '#000000' boxed
set label '4' at -29.562208038949596,1.1764769881220218 center front font ',13' textcolor rgb '#000000' boxed
set label '5' at -11.117809888792156,-7.838963648417251 center front font ',13' textcolor rgb '#000000' boxed
set label '6' at -50.57544687068833,9.719383582643905 center front font ',13' textcolor rgb '#000000' boxed
set label '7' at -5.421564179533212,-4.180006674404032 center front font ',13' textcolor rgb '#000000' boxed
set label '8' at 42.8830271231544,-8.325502723255886 center front font ',13' textcolor rgb '#000000' boxed
set label '9' at 37.22042630475224,20.906297487276234 center front font ',13' textcolor rgb '#000000' boxed
plot 'features-1.csv' every ::1 using (strcol(4) eq 'clean' ? $1 : NaN):2:5 with points pointtype 7 pointsize 0.44999999999999996 palette notitle, '' every ::1 using (strcol(4) eq 'adversarial' ? $1 : NaN):2:5 with points pointtype 2 pointsize 0.6 palette notitle, NaN with points pointtype 7 linecolor rgb '#000000' title 'clean', NaN with points pointtype 2 linecolor rgb '#000000' title 'adversarial'
set terminal pngcairo size 1280,1120 font 'Helvetica,12' fontscale 2 linewidth 2 pointscale 2
set output 'features-1.png'
replot
set output
